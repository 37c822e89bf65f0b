/// How often each latency came, in buckets that grow by an eighth of their octave: a quantile is at most 12.5 % too high and
/// never too low.
package struct LatencyCounts: Codable, Sendable, Equatable {
    static let bucketsPerOctave = 8
    package static let bucketsMax = 8 * 32
    /// Counts by bucket, without the empty ones behind the last.
    package private(set) var counts: [Int] = []

    package init() {}

    /// Counts by bucket, as a loop kept them; empty ones at the end are cut off.
    package init(counts: some Collection<Int>) {
        self.counts = Array(counts.prefix(Self.bucketsMax))
        while self.counts.last == 0 { self.counts.removeLast() }
    }

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

    /// How many were surely above so many microseconds: those of buckets that begin there or later.
    package func count(above microseconds: Int64) -> Int {
        guard microseconds >= 0 else { return total }
        return counts.dropFirst(min(Self.index(microseconds) + 1, Self.bucketsMax)).reduce(0, +)
    }

    /// The upper end of the bucket that holds the quantile, in microseconds; nil without an observation.
    package func quantile(_ share: Double) -> Int64? {
        let total = total
        guard total > 0, share >= 0, share <= 1 else { return nil }
        return value(ofRank: Int((share * Double(total)).rounded(.up)))
    }

    /// The upper end of the bucket of the rank-th smallest latency, the smallest being 1; ranks outside are moved to the ends.
    package func value(ofRank rank: Int) -> Int64? {
        guard let last = counts.indices.last else { return nil }
        let rank = max(1, rank)
        var seen = 0
        for (index, count) in counts.enumerated() {
            seen += count
            if seen >= rank { return Self.upperEnd(index) }
        }
        return Self.upperEnd(last)
    }

    /// Below 8 µs every microsecond has a bucket; from there on eight to the octave.
    package static func index(_ microseconds: Int64) -> Int {
        guard microseconds >= 8 else { return Int(microseconds) }
        let octave = 63 - microseconds.leadingZeroBitCount
        let place = Int(microseconds >> (octave - 3)) & 7
        return min(bucketsMax - 1, (octave - 2) * bucketsPerOctave + place)
    }

    package static func upperEnd(_ index: Int) -> Int64 {
        guard index >= bucketsPerOctave else { return Int64(index) }
        let octave = index / bucketsPerOctave + 2
        let place = Int64(index % bucketsPerOctave)
        return ((8 + place + 1) << Int64(octave - 3)) - 1
    }
}
