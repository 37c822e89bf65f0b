/// What an arm predicted: enough to see that it is constant, out of range, not a number, or distributed otherwise.
package struct PredictionCounts: Codable, Sendable, Equatable {
    /// Upper edges of buckets, ascending; n edges make n + 1 buckets. By default the tenths of a probability.
    package static let tenths: [Double] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]

    package let edges: [Double]
    package private(set) var counts: [Int]
    package private(set) var notANumber = 0
    package private(set) var smallest: Double?
    package private(set) var largest: Double?
    /// Answers in which no prediction was found.
    package var missing = 0

    package init(edges: [Double] = Self.tenths) {
        self.edges = edges
        counts = Array(repeating: 0, count: edges.count + 1)
    }

    package var total: Int { counts.reduce(0, +) }
    /// Whether everything said so far was one and the same number.
    package var isConstant: Bool { total > 0 && smallest == largest }

    package mutating func observe(_ value: Double) {
        guard value.isFinite else {
            notANumber += 1
            return
        }
        counts[edges.firstIndex { value <= $0 } ?? edges.count] += 1
        smallest = min(smallest ?? value, value)
        largest = max(largest ?? value, value)
    }

    /// Adds what another gateway or window counted; counts of other edges cannot be added, and say so by false.
    package mutating func add(_ other: PredictionCounts) -> Bool {
        guard other.edges == edges, other.counts.count == counts.count else { return false }
        for (index, count) in other.counts.enumerated() { counts[index] += count }
        notANumber += other.notANumber
        missing += other.missing
        if let low = other.smallest { smallest = min(smallest ?? low, low) }
        if let high = other.largest { largest = max(largest ?? high, high) }
        return true
    }

    enum CodingKeys: String, CodingKey {
        case edges, counts, smallest, largest, missing
        case notANumber = "not_a_number"
    }
}
