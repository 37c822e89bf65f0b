import Glibc
package import Statistics

/// What an experiment says so far. It may be read at any time and as often as one likes: intervals and p are always valid.
package struct ExperimentReport: Sendable, Equatable {
    /// Below this many outcomes per arm no comparison is made: its guarantee is asymptotic.
    package static let outcomesMin = 100
    /// A difference of the labelled shares this unlikely means that outcomes are missing for a reason.
    static let coverageAlpha = 0.001

    package struct Arm: Sendable, Equatable {
        package let exposed: Int
        package let matured: Int
        package let labelled: Int
        package let mean: Double?

        init(_ arm: ExperimentTally.Arm) {
            (exposed, matured, labelled) = (arm.exposed, arm.matured, arm.labelled)
            mean = arm.labelled > 0 ? arm.outcomes.mean : nil
        }

        /// Labelled over matured.
        package var coverage: Double? { matured > 0 ? Double(labelled) / Double(matured) : nil }
    }

    package struct Segment: Sendable, Equatable {
        package let name: String
        package let rows: Int
        package let difference: Double?
        package let interval: Interval?
        /// Corrected for the number of segments (Holm, 1979).
        package let p: Double?
    }

    package let verdict: OutcomeVerdict
    /// Why nothing is decided; nil when it is.
    package let reason: MissingReason?
    package let champion: Arm
    package let challenger: Arm
    /// The arms did not get the units they were meant to get: nothing below can be believed.
    package let isMismatched: Bool
    /// Always valid, of the present counts.
    package let sampleRatioP: Double?
    /// Challenger minus champion.
    package let difference: Double?
    package let interval: Interval?
    package let p: Double?
    /// Outcomes per arm that would show the minimal difference with a chance of 80 %; nil: unknown, or beyond reason.
    package let needed: ArmSizes?
    /// Adjusted by the covariate with a fixed-sample interval, not an always-valid one; nil without a covariate.
    package let adjusted: CovariateAdjustment?
    /// Outcomes are missing more often in one arm.
    package let isCoverageBiased: Bool
    package let segments: [Segment]

    /// `plan` has been checked.
    package init(_ tally: ExperimentTally, plan: ExperimentPlan) {
        (champion, challenger) = (Arm(tally.all.champion), Arm(tally.all.challenger))
        let p = Self.sampleRatioP(champion.exposed, challenger.exposed, percent: plan.percent)
        sampleRatioP = p
        isMismatched = p.map { $0 < SampleRatioTest.alpha } ?? false
        isCoverageBiased = Self.isBiased(champion, challenger)
        let all = Comparison(tally.all, plan, alpha: plan.alpha)
        (difference, interval, self.p) = (all.difference?.value, all.interval, all.p)
        needed = all.needed
        let adjustment = CovariateAdjustment(
            control: tally.all.champion.joint, treatment: tally.all.challenger.joint, alpha: plan.alpha)
        adjusted = adjustment.theta == nil ? nil : adjustment
        segments = Self.segments(tally, plan)
        if isMismatched {
            (verdict, reason) = (.notDecided, .sampleRatioMismatch)
        } else if let interval = all.interval {
            let decided = OutcomeVerdict(interval, margin: plan.margin, higherIsBetter: plan.higherIsBetter)
            (verdict, reason) = (decided, decided == .notDecided ? .intervalHoldsBoth : nil)
        } else {
            (verdict, reason) = (.notDecided, all.reason)
        }
    }

    private static func sampleRatioP(_ champion: Int, _ challenger: Int, percent: Double) -> Double? {
        guard champion + challenger > 0, let split = Split(weights: [100 - percent, percent]),
            var test = SequentialSampleRatio(split: split)
        else { return nil }
        test.observe(counts: [champion, challenger])
        return test.p
    }

    private static func isBiased(_ champion: Arm, _ challenger: Arm) -> Bool {
        guard let one = ArmCounts(successes: champion.labelled, trials: champion.matured),
            let other = ArmCounts(successes: challenger.labelled, trials: challenger.matured),
            let test = try? TwoProportions(control: one, treatment: other)
        else { return false }
        return test.p < coverageAlpha
    }

    /// Every segment is asked at the same time, so p is corrected, and the intervals hold together (Bonferroni).
    private static func segments(_ tally: ExperimentTally, _ plan: ExperimentPlan) -> [Segment] {
        let found = tally.segments.sorted { $0.key < $1.key }
        guard found.count > 1 else { return [] }
        let compared = found.map { Comparison($0.value, plan, alpha: plan.alpha / Double(found.count)) }
        let adjusted = Multiplicity.holm.adjusted(compared.map { $0.p ?? 1 })
        return zip(found, zip(compared, adjusted)).map { segment, result in
            Segment(
                name: segment.key, rows: segment.value.champion.labelled + segment.value.challenger.labelled,
                difference: result.0.difference?.value, interval: result.0.interval,
                p: result.0.p == nil ? nil : result.1)
        }
    }
}

/// The outcomes of two arms against each other.
private struct Comparison {
    let difference: ArmDifference?
    let interval: Interval?
    let p: Double?
    let needed: ArmSizes?
    let reason: MissingReason?

    init(_ pair: ExperimentTally.Pair, _ plan: ExperimentPlan, alpha: Double) {
        let (control, treatment) = (pair.champion.outcomes, pair.challenger.outcomes)
        let difference = ArmDifference(control: control, treatment: treatment)
        self.difference = difference
        let fewest = min(control.count, treatment.count)
        guard fewest >= ExperimentReport.outcomesMin, let difference,
            let mixture = NormalMixture(variance: plan.minimalDifference * plan.minimalDifference)
        else {
            (interval, p, needed) = (nil, nil, nil)
            reason = fewest == 0 ? .emptyArm : .tooFewRows
            return
        }
        var test = MixtureTest(mixture: mixture)
        test.observe(difference)
        interval = mixture.interval(difference, alpha: alpha)
        p = test.pNow
        reason = interval == nil ? .noVariance : nil
        needed = ComparisonDesign(alpha: alpha)?.scaled(
            (control.count, treatment.count), standardError: difference.variance.squareRoot(), distance: plan.minimalDifference)
    }
}
