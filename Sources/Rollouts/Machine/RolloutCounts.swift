import Glibc
import Rendering
import Statistics

/// Everything a rollout remembers of its measurements, at three paces: windows of some fifty requests (what breaks at once is
/// seen in seconds), quarter hours (what breaks on the third day is not hidden behind two good ones), and the whole step
/// (small differences).
package struct RolloutCounts: Codable, Sendable, Equatable {
    /// Requests of the challenger in a window.
    static let windowRequestsMin = 50
    static let epochMilliseconds: Int64 = 900_000
    /// Predictions per arm in a block that is compared as a distribution.
    static let blockRowsMin = 1_000
    static let blockRowsMax = 1 << 20
    /// Outcomes per arm before a comparison whose guarantee is asymptotic.
    package static let outcomeRowsMin = 200

    /// Of the present step.
    package private(set) var champion = ArmSample()
    package private(set) var challenger = ArmSample()
    /// Always valid: the least p of the sample ratio so far.
    package private(set) var sampleRatioP = 1.0

    private var windowChampion = RateCounts()
    private var windowChallenger = RateCounts()
    private var windowLook = 1
    private var epochChampion = RateCounts()
    private var epochChallenger = RateCounts()
    private var epochStart: Int64?
    private var epochLook = 1
    private var blockChampion: [Int] = []
    private var blockChallenger: [Int] = []
    package private(set) var blocks = 0
    private var constantRun: ConstantRun?
    private var constantRuns = 1
    /// The champion's predictions when it last answered beside the challenger.
    private var reference: [Int] = []
    private var rangeBroken = false

    private struct ConstantRun: Codable, Sendable, Equatable {
        var value: Double
        var answers: Int
    }

    package init() {}

    /// A step begins: its counts start anew; looks that have spent their share stay spent.
    mutating func begin() {
        var next = RolloutCounts()
        next.windowLook = windowLook
        next.epochLook = epochLook + 1
        next.blocks = blocks
        next.constantRuns = constantRuns
        next.constantRun = constantRun
        next.reference = champion.predictions.isEmpty ? reference : champion.predictions
        self = next
    }

    package mutating func add(_ window: RolloutWindow, percent: Int, range: PredictionRange?) {
        champion.add(window.champion)
        challenger.add(window.challenger)
        windowChampion += window.champion.rates
        windowChallenger += window.challenger.rates
        if let start = epochStart, window.fromMilliseconds - start >= Self.epochMilliseconds {
            (epochChampion, epochChallenger, epochStart) = (RateCounts(), RateCounts(), nil)
            epochLook += 1
        }
        epochStart = epochStart ?? window.fromMilliseconds
        epochChampion += window.champion.rates
        epochChallenger += window.challenger.rates
        addPredictions(window)
        if let range, let low = window.challenger.smallest, let high = window.challenger.largest {
            rangeBroken = rangeBroken || low < range.lower || high > range.upper
        }
        lookAtSampleRatio(percent: percent)
    }

    private mutating func addPredictions(_ window: RolloutWindow) {
        blockChampion.addCounts(window.champion.predictions)
        blockChallenger.addCounts(window.challenger.predictions)
        let answers = window.challenger.predictions.reduce(0, +)
        guard answers > 0 else { return }
        guard let value = window.challenger.smallest, value == window.challenger.largest else {
            constantRun = nil
            return
        }
        if constantRun?.value == value {
            constantRun?.answers += answers
        } else {
            constantRun = ConstantRun(value: value, answers: answers)
            constantRuns += 1
        }
    }

    private mutating func lookAtSampleRatio(percent: Int) {
        guard percent < 100, champion.newUnits + challenger.newUnits > 0,
            let split = Split(weights: [Double(100 - percent), Double(percent)]),
            var test = SequentialSampleRatio(split: split)
        else { return }
        test.observe(counts: [champion.newUnits, challenger.newUnits])
        sampleRatioP = min(sampleRatioP, test.p)
    }

    var isMismatched: Bool { sampleRatioP < SampleRatioTest.alpha }
}

// MARK: - Proof of harm

extension RolloutCounts {
    /// What is proven against the challenger; nil: nothing is. Called once per window: it spends looks.
    mutating func provenHarm(
        _ limits: RollbackLimits, _ alphas: RolloutAlphas, outcomes: RolloutOutcomes?, isConcurrent: Bool
    ) -> ProvenHarm? {
        if rangeBroken, let range = limits.predictionRange, !champion.isOutside(range) {
            return ProvenHarm(.predictionRange, RolloutMachine.rangeReason)
        }
        return windowHarm(limits, alphas) ?? slowHarm(limits, alphas) ?? constantHarm(limits, alphas)
            ?? predictionHarm(limits, alphas, isConcurrent: isConcurrent) ?? outcomeHarm(limits, alphas, outcomes)
    }

    private mutating func windowHarm(_ limits: RollbackLimits, _ alphas: RolloutAlphas) -> ProvenHarm? {
        guard windowChallenger.requests >= Self.windowRequestsMin else { return nil }
        let alpha = RolloutAlphas.share(alphas.window, look: windowLook)
        let beside = windowChampion.requests >= Self.windowRequestsMin ? windowChampion : champion.rates
        let (challenger, champion) = (windowChallenger, beside.requests >= Self.windowRequestsMin ? beside : nil)
        windowLook += 1
        (windowChampion, windowChallenger) = (RateCounts(), RateCounts())
        for rate in WatchedRate.allCases {
            guard let limit = rate.limit(limits), let bad = rate.counts(challenger) else { continue }
            if RateHarm.isProven(bad, champion: champion.flatMap(rate.counts), limit: limit, alpha: alpha) {
                return rate.harm(bad, limit: limit, span: "the last \(Wording.count(challenger.requests, "request"))")
            }
        }
        return nil
    }

    private func slowHarm(_ limits: RollbackLimits, _ alphas: RolloutAlphas) -> ProvenHarm? {
        let epochAlpha = RolloutAlphas.share(alphas.epoch, look: epochLook)
        for rate in WatchedRate.allCases {
            guard let limit = rate.limit(limits) else { continue }
            if let bad = rate.counts(epochChallenger),
                RateHarm.isProvenAnytime(bad, champion: rate.counts(epochChampion), limit: limit, alpha: epochAlpha)
            {
                return rate.harm(bad, limit: limit, span: "the last \(Wording.count(bad.trials, "request"))")
            }
            if let bad = rate.counts(challenger.rates),
                RateHarm.isProvenAnytime(bad, champion: rate.counts(champion.rates), limit: limit, alpha: alphas.step)
            {
                return rate.harm(bad, limit: limit, span: "the \(Wording.count(bad.trials, "request")) of this step")
            }
        }
        return nil
    }

    /// If the challenger were as the champion, n equal answers in a row had at most the chance qⁿ⁻¹, q the share of the
    /// champion's fullest bucket.
    private func constantHarm(_ limits: RollbackLimits, _ alphas: RolloutAlphas) -> ProvenHarm? {
        guard limits.watchesConstantOutput, let run = constantRun, run.answers > 1 else { return nil }
        let beside = champion.predictions.reduce(0, +) >= Self.blockRowsMin ? champion.predictions : reference
        let total = beside.reduce(0, +)
        guard total >= Self.blockRowsMin, let fullest = beside.max(), fullest < total else { return nil }
        let chance = Double(run.answers - 1) * log(Double(fullest) / Double(total))
        guard chance <= log(RolloutAlphas.share(alphas.window, look: constantRuns)) else { return nil }
        return ProvenHarm(
            .constantOutput, "the same prediction \(run.answers) times in a row, which the champion does not do")
    }

    private mutating func predictionHarm(
        _ limits: RollbackLimits, _ alphas: RolloutAlphas, isConcurrent: Bool
    ) -> ProvenHarm? {
        guard let limit = limits.predictionPSI, isConcurrent else { return nil }
        let rows = min(blockChampion.reduce(0, +), blockChallenger.reduce(0, +))
        guard rows >= Self.blockRowsMin,
            let index = PredictionIndex(champion: blockChampion, challenger: blockChallenger)
        else { return nil }
        guard index.value > limit || index.chanceLimit < limit || rows >= Self.blockRowsMax else { return nil }
        blocks += 1
        (blockChampion, blockChallenger) = ([], [])
        guard index.value > limit, index.p <= RolloutAlphas.share(alphas.window, look: blocks) else { return nil }
        return ProvenHarm(
            .predictionPSI,
            "predictions moved away from the champion's of the same time: "
                + "index \(index.value.rounded(to: 3)) over \(limit) in \(Wording.grouped(rows)) predictions")
    }

    private func outcomeHarm(
        _ limits: RollbackLimits, _ alphas: RolloutAlphas, _ outcomes: RolloutOutcomes?
    ) -> ProvenHarm? {
        guard let drop = limits.outcomeDrop, let outcomes, !isMismatched,
            min(outcomes.champion.count, outcomes.challenger.count) >= Self.outcomeRowsMin,
            let difference = ArmDifference(control: outcomes.champion, treatment: outcomes.challenger),
            let interval = AsymptoticSequence(alpha: alphas.step)?.interval(difference)
        else { return nil }
        let best = limits.outcomeHigherIsBetter ? interval.upper : -interval.lower
        guard best < -drop else { return nil }
        return ProvenHarm(
            .outcomeDrop, "outcomes are worse by \(abs(difference.value).rounded(to: 4)), surely by more than \(drop)")
    }
}

// MARK: - What can be read from it now

extension RolloutCounts {
    /// Every limit of the plan as measured in the present step.
    package func checks(_ plan: RolloutPlan, outcomes: RolloutOutcomes?, isConcurrent: Bool) -> [RolloutCheck] {
        var checks = [requestCheck(plan, isConcurrent: isConcurrent)]
        if isMismatched {
            var check = RolloutCheck(
                .sampleRatio, .inconclusive, "the arms did not get their shares of units, so no outcome can be compared")
            check.value = sampleRatioP
            checks.append(check)
        }
        checks += WatchedRate.allCases.compactMap { $0.check(self, plan.limits) }
        if isConcurrent {
            if let limit = plan.limits.predictionPSI { checks.append(psiCheck(limit)) }
            if let drop = plan.limits.outcomeDrop { checks.append(outcomeCheck(drop, plan.limits, outcomes)) }
        }
        return checks
    }

    private func requestCheck(_ plan: RolloutPlan, isConcurrent: Bool) -> RolloutCheck {
        let seen = challenger.rates.requests
        let least = isConcurrent ? min(seen, champion.rates.requests) : seen
        let arm = least < seen ? "the champion" : "the new version"
        var check =
            least >= max(1, plan.stepMinRequests)
            ? RolloutCheck(.requests, .holds, "enough on every arm")
            : RolloutCheck(
                .requests, .noData,
                "\(Wording.grouped(least)) of \(Wording.grouped(max(1, plan.stepMinRequests))) requests of \(arm)")
        check.rows = least
        check.rowsNeeded = max(1, plan.stepMinRequests)
        return check
    }

    private func psiCheck(_ limit: Double) -> RolloutCheck {
        let rows = min(champion.predictions.reduce(0, +), challenger.predictions.reduce(0, +))
        var check: RolloutCheck
        if rows >= Self.blockRowsMin,
            let index = PredictionIndex(champion: champion.predictions, challenger: challenger.predictions)
        {
            if index.chanceLimit >= limit {
                check = RolloutCheck(.predictionPSI, .noData, "so few predictions differ so much by chance")
            } else if index.value <= limit {
                check = RolloutCheck(.predictionPSI, .holds, "as the champion's")
            } else {
                check = RolloutCheck(.predictionPSI, .inconclusive, "above the limit, not yet proven")
            }
            check.value = index.value
        } else {
            check = RolloutCheck(
                .predictionPSI, .noData,
                "\(Wording.grouped(rows)) of \(Wording.grouped(Self.blockRowsMin)) predictions to compare")
        }
        check.limit = limit
        check.rows = rows
        check.rowsNeeded = Self.blockRowsMin
        return check
    }

    private func outcomeCheck(_ drop: Double, _ limits: RollbackLimits, _ outcomes: RolloutOutcomes?) -> RolloutCheck {
        let rows = outcomes.map { min($0.champion.count, $0.challenger.count) } ?? 0
        var check: RolloutCheck
        if isMismatched {
            check = RolloutCheck(.outcomeDrop, .inconclusive, "the arms did not get their shares of units")
        } else if let outcomes, rows >= Self.outcomeRowsMin,
            let difference = ArmDifference(control: outcomes.champion, treatment: outcomes.challenger)
        {
            let loss = limits.outcomeHigherIsBetter ? -difference.value : difference.value
            check =
                loss <= drop
                ? RolloutCheck(.outcomeDrop, .holds, "worse by no more than the limit as far as is known")
                : RolloutCheck(.outcomeDrop, .inconclusive, "worse by more than the limit, not yet proven")
            check.value = loss
        } else {
            check = RolloutCheck(
                .outcomeDrop, .noData, "\(Wording.grouped(rows)) of \(Wording.grouped(Self.outcomeRowsMin)) outcomes have arrived"
            )
        }
        check.limit = drop
        check.rows = rows
        check.rowsNeeded = Self.outcomeRowsMin
        return check
    }
}

extension ArmSample {
    mutating func add(_ more: ArmSample) {
        rates += more.rates
        predictions.addCounts(more.predictions)
        if let low = more.smallest { smallest = min(smallest ?? low, low) }
        if let high = more.largest { largest = max(largest ?? high, high) }
        newUnits += more.newUnits
    }

    func isOutside(_ range: PredictionRange) -> Bool {
        (smallest ?? range.lower) < range.lower || (largest ?? range.upper) > range.upper
    }
}

extension [Int] {
    /// Bucket by bucket; counts over other buckets take the place of what was there.
    fileprivate mutating func addCounts(_ more: [Int]) {
        guard !more.isEmpty else { return }
        guard count == more.count else {
            self = more
            return
        }
        for index in more.indices { self[index] += more[index] }
    }
}

extension Double {
    /// For sentences, not for arithmetic.
    func rounded(to digits: Int) -> Double {
        let scale = pow(10, Double(digits))
        return (self * scale).rounded() / scale
    }
}
