package import Serving

/// Whether the shadow makes production slower, and its pause when it does. The honest comparison is with production without the
/// shadow, at the same time of day: so in one half second of every ten the shadow is off, at a place in the ten seconds that
/// differs from one ten to the next, and production's p95 there is compared with that of the rest.
///
/// The shadow pauses when the lower bound of p95 with it is above the ratio times the upper bound without it (each a 95 %
/// one-sided bound by order statistics, normal approximation). After the pause it is tried again; a pause that follows a trial
/// is twice as long as the one before, a good minute resets that. Pure: all loops read the same clock, and so agree on the slices.
package struct ShadowPause: Sendable {
    static let sliceMilliseconds: Int64 = 500
    static let slicesPerCycle: Int64 = 20
    /// The copies that were in flight when the shadow was switched off still count against it; so long nothing is measured.
    static let settleMilliseconds: Int64 = 150
    static let cyclesPerDecision = 6
    static let requestsMin = 200
    static let pauseFirstMilliseconds: Int64 = 30_000
    static let pauseLastMilliseconds: Int64 = 16 * pauseFirstMilliseconds
    private static let z = 1.6448536269514722

    private let ratio: Double
    private let salt: UInt64
    private var with = LatencyTally()
    private var without = LatencyTally()
    private var decideAt: Int64?
    private var pausedUntil: Int64?
    private var pauseMilliseconds = Self.pauseFirstMilliseconds
    package private(set) var pauses = 0

    /// A ratio of 0 or less, or one that is no number: the shadow is never switched off.
    package init(aboveP95Ratio ratio: Double, salt: String) {
        self.ratio = ratio
        self.salt = salt.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private var isOn: Bool { ratio > 0 && ratio.isFinite }

    /// Why no copy is sent now; nil: copies are sent.
    package mutating func hold(at milliseconds: Int64) -> ShadowCounts.DropReason? {
        guard isOn else { return nil }
        if let until = pausedUntil {
            if milliseconds < until { return .paused }
            pausedUntil = nil
            restart(at: milliseconds)
        }
        return isOff(milliseconds / Self.sliceMilliseconds) ? .control : nil
    }

    /// A request of production was answered.
    package mutating func observed(microseconds: Int64, at milliseconds: Int64) {
        guard isOn, pausedUntil == nil else { return }
        if isOff(milliseconds / Self.sliceMilliseconds) {
            if milliseconds % Self.sliceMilliseconds >= Self.settleMilliseconds { without.observe(microseconds) }
        } else {
            with.observe(microseconds)
        }
        guard let due = decideAt else { return restart(at: milliseconds) }
        if milliseconds >= due { decide(at: milliseconds) }
    }

    private mutating func decide(at milliseconds: Int64) {
        defer { if pausedUntil == nil { restart(at: milliseconds) } }
        guard with.total >= Self.requestsMin, without.total >= Self.requestsMin,
            let slow = with.p95(shifted: -Self.z), let usual = without.p95(shifted: Self.z)
        else { return }
        if Double(slow) > ratio * Double(usual) {
            pauses += 1
            pausedUntil = milliseconds + pauseMilliseconds
            pauseMilliseconds = min(Self.pauseLastMilliseconds, 2 * pauseMilliseconds)
        } else {
            pauseMilliseconds = Self.pauseFirstMilliseconds
        }
    }

    private mutating func restart(at milliseconds: Int64) {
        with = LatencyTally()
        without = LatencyTally()
        decideAt = milliseconds + Int64(Self.cyclesPerDecision) * Self.slicesPerCycle * Self.sliceMilliseconds
    }

    /// One slice of each cycle, chosen by the salt, so that no rhythm of the traffic can hide behind it.
    private func isOff(_ slice: Int64) -> Bool {
        let cycle = slice / Self.slicesPerCycle
        var mixed = (UInt64(bitPattern: cycle) &+ salt) &* 0x9E37_79B9_7F4A_7C15
        mixed ^= mixed >> 32
        return slice % Self.slicesPerCycle == Int64(mixed % UInt64(Self.slicesPerCycle))
    }
}

/// The buckets of `LatencyCounts` in an array that never grows: counting is one addition.
struct LatencyTally: Sendable {
    private(set) var counts = [Int](repeating: 0, count: LatencyCounts.bucketsMax)
    private(set) var total = 0

    mutating func observe(_ microseconds: Int64) {
        counts[LatencyCounts.index(max(0, microseconds))] += 1
        total += 1
    }

    /// The 95th percentile's rank, moved by so many of its standard deviations. The upper end of that bucket, in microseconds.
    func p95(shifted deviations: Double) -> Int64? {
        let n = Double(total)
        let rank = n * 0.95 + deviations * (n * 0.95 * 0.05).squareRoot()
        return LatencyCounts(counts: counts).value(ofRank: Int(rank.rounded(.up)))
    }

    mutating func take() -> LatencyCounts {
        defer { self = LatencyTally() }
        return LatencyCounts(counts: counts)
    }
}
