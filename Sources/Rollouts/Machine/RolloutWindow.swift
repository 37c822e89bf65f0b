package import GatehouseCore
package import Serving
package import Statistics

/// What both arms did in one span of time: the new measurements of one look.
package struct RolloutWindow: Codable, Sendable, Equatable {
    package let fromMilliseconds: Int64
    package let toMilliseconds: Int64
    package var champion: ArmSample
    package var challenger: ArmSample
    /// Measurements that belong to another version, or to a time before the step: not looked at, but counted.
    package var leftOut = 0

    package init(from: Timestamp, to: Timestamp, champion: ArmSample, challenger: ArmSample) {
        fromMilliseconds = from.milliseconds
        toMilliseconds = to.milliseconds
        self.champion = champion
        self.challenger = challenger
    }
}

extension RolloutWindow {
    /// What several gateways or batches measured, as one look. Nil: nothing of it lies in a step that began at `start`.
    package static func merging(_ windows: [RolloutWindow], since start: Int64) -> RolloutWindow? {
        let ofStep = windows.filter { $0.fromMilliseconds >= start }
        guard let from = ofStep.map(\.fromMilliseconds).min(), let to = ofStep.map(\.toMilliseconds).max() else { return nil }
        var sum = RolloutWindow(
            from: Timestamp(milliseconds: from), to: Timestamp(milliseconds: to), champion: ArmSample(), challenger: ArmSample())
        for window in ofStep {
            sum.champion.add(window.champion)
            sum.challenger.add(window.challenger)
            sum.leftOut += window.leftOut
        }
        sum.leftOut += windows.count - ofStep.count
        return sum
    }
}

/// The counts of one arm.
package struct ArmSample: Codable, Sendable, Equatable {
    package var rates = RateCounts()
    /// By bucket; the same buckets on both arms, or nothing is compared.
    package var predictions: [Int] = []
    package var smallest: Double?
    package var largest: Double?
    /// Units (customers, accounts) that came for the first time in this step.
    package var newUnits = 0

    package init() {}
}

/// How many requests, and how many of them went wrong in which way.
package struct RateCounts: Codable, Sendable, Equatable {
    package var requests = 0
    package var errors = 0
    package var rejected = 0
    /// Requests with a latency, and those of them that were surely slower than the limit.
    package var timed = 0
    package var slow = 0
    /// Answers that were looked into, and those of them without a number.
    package var answers = 0
    package var badOutputs = 0

    package init() {}

    static func += (left: inout RateCounts, right: RateCounts) {
        left.requests += right.requests
        left.errors += right.errors
        left.rejected += right.rejected
        left.timed += right.timed
        left.slow += right.slow
        left.answers += right.answers
        left.badOutputs += right.badOutputs
    }
}

extension ArmSample {
    /// Adds what a gateway counted. False, and nothing is added, when its predictions have other buckets.
    package mutating func add(_ window: ArmWindow, limits: RollbackLimits) -> Bool {
        let counts = window.predictions.counts
        guard predictions.isEmpty || predictions.count == counts.count else { return false }
        var more = RateCounts()
        more.requests = window.requests
        more.errors = window.errors
        more.rejected = window.rejected
        more.timed = window.latency.total
        if let limit = limits.p95Milliseconds, let microseconds = Int64(exactly: (limit * 1000).rounded()) {
            more.slow = window.latency.count(above: microseconds)
        }
        more.badOutputs = window.predictions.notANumber + window.predictions.missing
        more.answers = window.predictions.total + more.badOutputs
        rates += more
        if predictions.isEmpty {
            predictions = counts
        } else {
            for (index, count) in counts.enumerated() { predictions[index] += count }
        }
        if let low = window.predictions.smallest { smallest = min(smallest ?? low, low) }
        if let high = window.predictions.largest { largest = max(largest ?? high, high) }
        return true
    }
}

/// The outcomes of the units that a step exposed, so far: totals, not what is new. Labels may come late.
package struct RolloutOutcomes: Sendable, Equatable {
    package let champion: Moments
    package let challenger: Moments

    package init(champion: Moments, challenger: Moments) {
        self.champion = champion
        self.challenger = challenger
    }
}
