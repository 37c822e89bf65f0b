package import GatehouseCore

/// What one gateway counted for one version of one segment in one span of time. Windows of the same arm add up, over time and
/// over gateways: everything in them is a count.
package struct ArmWindow: Codable, Sendable, Equatable {
    package let endpoint: String
    package let segment: String
    package let split: String?
    package let arm: ArmName
    package let version: Int64
    package let digest: Digest
    package let fromMilliseconds: Int64
    package var toMilliseconds: Int64
    package var requests = 0
    /// Answers of 500 and more, and requests that got no answer.
    package var errors = 0
    /// Answers of 400 to 499: the caller's mistake, no fault of the arm.
    package var rejected = 0
    package var latency = LatencyCounts()
    package var predictions = PredictionCounts()
    package var features: [FeatureCounts] = []
    /// Requests that were looked into for features, and those of them that could not be read.
    package var inspected = 0
    package var unreadable = 0
    package var shadow = ShadowCounts()

    package init(
        endpoint: String, segment: String, split: String?, arm: ArmName, version: Int64, digest: Digest, from: Timestamp
    ) {
        self.endpoint = endpoint
        self.segment = segment
        self.split = split
        self.arm = arm
        self.version = version
        self.digest = digest
        fromMilliseconds = from.milliseconds
        toMilliseconds = from.milliseconds
    }

    enum CodingKeys: String, CodingKey {
        case endpoint, segment, split, arm, version, digest, requests, errors, rejected, latency, predictions, features
        case inspected, unreadable, shadow
        case fromMilliseconds = "from_ms"
        case toMilliseconds = "to_ms"
    }
}

/// How often each latency came, in buckets that grow by an eighth of their octave: a quantile is at most 12.5 % too high and
/// never too low.
package struct LatencyCounts: Codable, Sendable, Equatable {
    static let bucketsPerOctave = 8
    static let bucketsMax = 8 * 32
    /// Counts by bucket, without the empty ones behind the last.
    package private(set) var counts: [Int] = []

    package init() {}

    package var total: Int { counts.reduce(0, +) }

    package mutating func observe(microseconds: Int64) {
        let index = Self.index(max(0, microseconds))
        if index >= counts.count { counts += Array(repeating: 0, count: index + 1 - counts.count) }
        counts[index] += 1
    }

    package mutating func add(_ other: LatencyCounts) {
        if other.counts.count > counts.count {
            counts += Array(repeating: 0, count: other.counts.count - counts.count)
        }
        for (index, count) in other.counts.enumerated() { counts[index] += count }
    }

    /// The upper end of the bucket that holds the quantile, in microseconds; nil without an observation.
    package func quantile(_ share: Double) -> Int64? {
        let total = total
        guard total > 0 else { return nil }
        let rank = max(1, Int((share * Double(total)).rounded(.up)))
        var seen = 0
        for (index, count) in counts.enumerated() {
            seen += count
            if seen >= rank { return Self.upperEnd(index) }
        }
        return Self.upperEnd(counts.count - 1)
    }

    /// Below 8 µs every microsecond has a bucket; from there on eight to the octave.
    static func index(_ microseconds: Int64) -> Int {
        guard microseconds >= 8 else { return Int(microseconds) }
        let octave = 63 - microseconds.leadingZeroBitCount
        let place = Int(microseconds >> (octave - 3)) & 7
        return min(bucketsMax - 1, (octave - 2) * bucketsPerOctave + place)
    }

    static func upperEnd(_ index: Int) -> Int64 {
        guard index >= bucketsPerOctave else { return Int64(index) }
        let octave = index / bucketsPerOctave + 2
        let place = Int64(index % bucketsPerOctave)
        return ((8 + place + 1) << Int64(octave - 3)) - 1
    }
}

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

/// How often each bucket of a feature came.
package struct FeatureCounts: Codable, Sendable, Equatable {
    package let name: String
    /// One count per bucket of `FeatureBuckets`: n edges + 1, or one per known category.
    package var counts: [Int]
    package var missing = 0
    /// Values of categories that training had not seen.
    package var unknown = 0
    /// Values of another type than the buckets are of.
    package var mistyped = 0

    package init(_ buckets: FeatureBuckets) {
        name = buckets.name
        counts = Array(repeating: 0, count: buckets.edges.map { $0.count + 1 } ?? buckets.categories?.count ?? 0)
    }
}

/// Where the copies of requests went: `eligible == mirrored + dropped + late` once nothing is in flight.
package struct ShadowCounts: Codable, Sendable, Equatable {
    package enum DropReason: String, Codable, Sendable, CaseIterable {
        case countFull = "count_full"
        case bytesFull = "bytes_full"
        case bodyTooLarge = "body_too_large"
        case paused
        case streamed
        case noConnection = "no_connection"
        case stopping
    }

    package var eligible = 0
    package var mirrored = 0
    package var late = 0
    package var failed = 0
    package var dropped: [String: Int] = [:]

    package init() {}

    package var droppedTotal: Int { dropped.values.reduce(0, +) }

    package mutating func drop(_ reason: DropReason) { dropped[reason.rawValue, default: 0] += 1 }
}
