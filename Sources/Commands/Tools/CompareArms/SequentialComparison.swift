import Glibc
import Statistics

/// The difference followed as rows came; with counts, or rows in unknown order, looked at once.
struct SequentialComparison {
    /// Points of the curve at most.
    static let momentsMax = 300
    /// τ of the mixture for rates, when no effect is named: within the range that finds changes of 2 to 4 points soon.
    static let proportionEffect = 0.02
    /// τ in standard deviations of the first rows, for means.
    static let meanEffect = 0.1
    static let meanBurnIn = 30
    /// Successes and failures in either arm before rates are first looked at. An arm of only failures has variance 0, so that
    /// one success elsewhere looks certain: looking from row 1 found a difference between equal arms of 90 % and 10 % of the
    /// rows in 28 of 100 experiments at a rate of 0.1, and in 36 at 0.02; from 5 of each on in at most 3.
    static let outcomesPerArmMin = 5

    let stream: ArmStream
    let difference: ArmDifference
    /// Robbins's interval at the last look, and the intersection over all looks.
    let mixture: Interval?
    let running: RunningInterval
    let asymptotic: Interval?
    /// Without any normal approximation; for rates only.
    let bounded: Interval?
    let looks: Int
    let isTimed: Bool
    let moments: [ArmStream.Moment]
    let plan: PlannedLooks?

    init(_ outcomes: ArmOutcomes, _ settings: ComparisonSettings) throws(MissingReason) {
        var stream = try Self.stream(outcomes, settings)
        var moments: [ArmStream.Moment] = []
        var atLooks: [Int: ArmDifference] = [:]
        isTimed = outcomes.rows?.isTimed ?? false
        if let rows = outcomes.rows, rows.isTimed {
            let every = max(1, rows.values.count / Self.momentsMax)
            var due = settings.looks.makeIterator()
            var look = due.next()
            for row in rows.values.indices {
                stream.observe(rows.isTreatment[row] ? .treatment : .control, rows.values[row])
                if row + 1 == look {
                    atLooks[row + 1] = stream.difference
                    look = due.next()
                }
                if (row + 1) % every == 0 || row + 1 == rows.values.count, let moment = stream.moment { moments.append(moment) }
            }
        } else if let counts = outcomes.counts {
            stream.look(control: counts.control, treatment: counts.treatment)
        } else if let rows = outcomes.rows {
            stream.look(control: Moments(rows.values(ofTreatment: false)), treatment: Moments(rows.values(ofTreatment: true)))
        }
        guard let difference = stream.difference else { throw Self.gap(stream) }
        if !isTimed, let look = settings.looks.last(where: { $0 <= difference.rows }) { atLooks[look] = difference }
        self.stream = stream
        self.difference = difference
        self.moments = moments
        looks = stream.test.looks
        mixture = looks > 0 ? stream.test.mixture.interval(difference, alpha: settings.alpha) : nil
        running = stream.running
        asymptotic = looks > 0 ? stream.asymptotic.interval(difference) : nil
        bounded = stream.counts.map {
            BernoulliSequence.difference(control: $0.control, treatment: $0.treatment, alpha: settings.alpha)
        }
        plan = PlannedLooks(settings, atLooks)
    }

    private static func gap(_ stream: ArmStream) -> MissingReason {
        let least = min(stream.control.count, stream.treatment.count)
        return least == 0 ? .emptyArm : least < 2 ? .tooFewRows : .notFinite
    }

    private static func stream(_ outcomes: ArmOutcomes, _ settings: ComparisonSettings) throws(MissingReason) -> ArmStream {
        let burnIn = settings.burnIn ?? (outcomes.isBinary ? proportionBurnIn(outcomes) : meanBurnIn)
        let effect = settings.effect ?? settings.margin ?? (outcomes.isBinary ? proportionEffect : firstEffect(outcomes, burnIn))
        guard let mixture = NormalMixture(variance: effect * effect) else { throw .noVariance }
        let test = MixtureTest(mixture: mixture, rowsPerArmMin: burnIn)
        guard let stream = ArmStream(test: test, alpha: settings.alpha, isBinary: outcomes.isBinary, tuning: settings.tuning)
        else {
            throw .notFinite
        }
        return stream
    }

    /// Rows of the smaller arm from which both arms have `outcomesPerArmMin` of either outcome; one more than there are where
    /// that never happens. A stopping time of the rows as they came, so waiting for it leaves the guarantee as it is.
    private static func proportionBurnIn(_ outcomes: ArmOutcomes) -> Int {
        func isEnough(_ arm: ArmCounts) -> Bool { min(arm.successes, arm.trials - arm.successes) >= outcomesPerArmMin }
        guard let rows = outcomes.rows, rows.isTimed else {
            guard let counts = outcomes.counts else { return 1 }
            let isLookedAt = isEnough(counts.control) && isEnough(counts.treatment)
            return isLookedAt ? 1 : min(counts.control.trials, counts.treatment.trials) + 1
        }
        var seen = (control: (no: 0, yes: 0), treatment: (no: 0, yes: 0))
        var rowsBefore = 0
        for row in rows.values.indices {
            rowsBefore = min(seen.control.no + seen.control.yes, seen.treatment.no + seen.treatment.yes)
            switch (rows.isTreatment[row], rows.values[row] == 1) {
            case (false, false): seen.control.no += 1
            case (false, true): seen.control.yes += 1
            case (true, false): seen.treatment.no += 1
            case (true, true): seen.treatment.yes += 1
            }
            let fewest = min(seen.control.no, seen.control.yes, seen.treatment.no, seen.treatment.yes)
            if fewest >= outcomesPerArmMin { return rowsBefore + 1 }
        }
        return min(seen.control.no + seen.control.yes, seen.treatment.no + seen.treatment.yes) + 1
    }

    /// A share of the standard deviation of the rows that come before the first look.
    private static func firstEffect(_ outcomes: ArmOutcomes, _ burnIn: Int) -> Double {
        guard let rows = outcomes.rows else { return 0 }
        return meanEffect * (Moments(Array(rows.values.prefix(2 * max(burnIn, 2)))).standardDeviation ?? 0)
    }
}

/// What the planned looks said, up to the one that decided.
struct PlannedLooks {
    struct Look {
        let rows: Int
        let bound: Double
        let nominalP: Double
        let spent: Double
        /// Nil where the look has not come yet, or passed unseen.
        let z: Double?
        /// Repeated confidence interval: difference ± bound · standard error, valid at all looks together.
        let interval: Interval?
        let verdict: OutcomeVerdict?
    }

    let looks: [Look]
    let spending: SpendingFunction

    /// Nil when no looks were planned.
    init?(_ settings: ComparisonSettings, _ differences: [Int: ArmDifference]) {
        guard let last = settings.looks.last,
            let design = GroupSequentialDesign(
                shares: settings.looks.map { Double($0) / Double(last) }, alpha: settings.alpha, spending: settings.spending)
        else { return nil }
        spending = settings.spending
        looks = settings.looks.indices.map { index in
            let bound = design.bounds[index]
            let difference = differences[settings.looks[index]]
            let error = difference?.variance.squareRoot() ?? 0
            let interval = difference.flatMap { difference in
                error > 0 ? Interval(lower: difference.value - bound * error, upper: difference.value + bound * error) : nil
            }
            return Look(
                rows: settings.looks[index], bound: bound, nominalP: design.nominalP[index], spent: design.spent[index],
                z: difference.flatMap { error > 0 ? $0.value / error : nil }, interval: interval,
                verdict: interval.map {
                    OutcomeVerdict($0, margin: settings.margin, higherIsBetter: settings.higherIsBetter)
                })
        }
    }

    /// The first look that decided.
    var deciding: Look? { looks.first { $0.verdict.map { $0 != .notDecided } ?? false } }
    /// The last look that was taken.
    var latest: Look? { looks.last { $0.verdict != nil } }
}
