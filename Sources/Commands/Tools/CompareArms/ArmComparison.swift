import GatehouseCore
import Statistics

/// Everything that is computed about two arms, and what it amounts to.
struct ArmComparison {
    let outcomes: ArmOutcomes
    let settings: ComparisonSettings
    let control: Moments
    let treatment: Moments
    let proportions: Result<TwoProportions, MissingReason>
    let welch: WelchTest
    let mannWhitney: Result<MannWhitney, MissingReason>
    let adjustment: Result<CovariateAdjustment, MissingReason>
    /// Nil where no units were named.
    let clustered: ClusteredComparison?
    let sampleRatio: Result<SampleRatioTest, MissingReason>
    let sequentialSampleRatio: SequentialSampleRatio
    let sequential: Result<SequentialComparison, MissingReason>
    let decision: ArmDecision

    init(_ outcomes: ArmOutcomes, _ settings: ComparisonSettings) throws {
        self.outcomes = outcomes
        self.settings = settings
        let rows = outcomes.rows
        let isClustered = outcomes.isClustered
        let moments = Self.moments(outcomes)
        (control, treatment) = moments
        let alpha = settings.alpha
        if isClustered {
            proportions = .failure(.clusteredRows)
            mannWhitney = .failure(.clusteredRows)
            welch = WelchTest(missing: .clusteredRows)
            sequential = .failure(.clusteredRows)
        } else {
            proportions = Result { () throws(MissingReason) in
                guard let counts = outcomes.counts else { throw .notBinary }
                return try TwoProportions(control: counts.control, treatment: counts.treatment, alpha: alpha)
            }
            mannWhitney = Result { () throws(MissingReason) in
                guard let rows else { throw .noRows }
                return try MannWhitney(
                    control: rows.values(ofTreatment: false), treatment: rows.values(ofTreatment: true), alpha: alpha)
            }
            welch = WelchTest(control: moments.control, treatment: moments.treatment, alpha: alpha)
            sequential = Result { () throws(MissingReason) in try SequentialComparison(outcomes, settings) }
        }
        adjustment = Result { () throws(MissingReason) in
            guard let rows else { throw .noRows }
            if isClustered { throw .clusteredRows }
            return try rows.adjustment(alpha: alpha)
        }
        clustered = rows.flatMap { $0.clustered(alpha: alpha) }
        let assigned = outcomes.arms.map(\.assigned)
        sampleRatio = Result { () throws(MissingReason) in try SampleRatioTest(counts: assigned, split: outcomes.split) }
        sequentialSampleRatio = try Self.sequentialSampleRatio(outcomes, settings)
        decision = ArmDecision(
            settings: settings, sampleRatio: sampleRatio, sequentialSampleRatio: sequentialSampleRatio,
            isTimed: rows?.isTimed ?? false,
            fixed: Self.fixed(
                proportions: proportions, welch: welch, adjustment: adjustment, clustered: clustered, isClustered: isClustered,
                outcomes: outcomes),
            sequential: sequential, sizes: Self.sizes(outcomes, clustered: isClustered))
    }

    private static func moments(_ outcomes: ArmOutcomes) -> (control: Moments, treatment: Moments) {
        if let counts = outcomes.counts { return (Moments(counts.control), Moments(counts.treatment)) }
        guard let rows = outcomes.rows else { return (Moments(), Moments()) }
        return (Moments(rows.values(ofTreatment: false)), Moments(rows.values(ofTreatment: true)))
    }

    /// Looked at after every assignment where the order is known, once where it is not.
    private static func sequentialSampleRatio(_ outcomes: ArmOutcomes, _ settings: ComparisonSettings) throws
        -> SequentialSampleRatio
    {
        guard var test = SequentialSampleRatio(split: outcomes.split, concentration: settings.concentration) else {
            throw GatehouseError(.invalidArgument, "--concentration must be a number above 0.")
        }
        if let rows = outcomes.rows, rows.isTimed {
            for arm in rows.assignments { test.observe(arm: arm) }
        } else {
            test.observe(counts: outcomes.arms.map(\.assigned))
        }
        return test
    }

    /// The estimate that a single look is decided by: by units where rows share them, adjusted where a covariate was named.
    private static func fixed(
        proportions: Result<TwoProportions, MissingReason>, welch: WelchTest,
        adjustment: Result<CovariateAdjustment, MissingReason>,
        clustered: ClusteredComparison?, isClustered: Bool, outcomes: ArmOutcomes
    ) -> FixedEstimate {
        if isClustered, let clustered {
            return FixedEstimate(method: .clusters, estimate: clustered.difference, p: clustered.p)
        }
        if case .success(let adjustment) = adjustment, adjustment.difference.interval != nil {
            return FixedEstimate(method: .covariate, estimate: adjustment.difference, p: adjustment.p)
        }
        switch proportions {
        case .success(let result):
            let error = ArmDifference(control: result.control, treatment: result.treatment)?.variance.squareRoot()
            return FixedEstimate(
                method: .newcombe, difference: result.difference, standardError: error, interval: result.newcombe, p: result.p,
                reason: nil)
        case .failure(let reason):
            guard reason == .notBinary else { return FixedEstimate(method: .newcombe, missing: reason) }
            return FixedEstimate(method: .welch, estimate: welch.difference, p: welch.p)
        }
    }

    /// What "needed" is counted in: units where rows share them.
    private static func sizes(_ outcomes: ArmOutcomes, clustered: Bool) -> (control: Int, treatment: Int) {
        if clustered { return (outcomes.arms[0].assigned, outcomes.arms[1].assigned) }
        if let counts = outcomes.counts { return (counts.control.trials, counts.treatment.trials) }
        let treated = outcomes.rows?.isTreatment.count { $0 } ?? 0
        return ((outcomes.rows?.values.count ?? 0) - treated, treated)
    }
}

/// How a single look estimates the difference.
enum FixedMethod: String, CaseIterable {
    case newcombe
    case welch
    case covariate = "cuped"
    case clusters = "delta-method"
}

/// The difference as one look sees it.
struct FixedEstimate {
    let method: FixedMethod
    let difference: Double?
    let standardError: Double?
    let interval: Interval?
    let p: Double?
    let reason: MissingReason?

    init(
        method: FixedMethod, difference: Double?, standardError: Double?, interval: Interval?, p: Double?, reason: MissingReason?
    ) {
        self.method = method
        self.difference = difference
        self.standardError = standardError
        self.interval = interval
        self.p = p
        self.reason = reason
    }

    init(method: FixedMethod, estimate: OutcomeEstimate, p: Double?) {
        self.init(
            method: method, difference: estimate.value, standardError: estimate.standardError, interval: estimate.interval, p: p,
            reason: estimate.reason)
    }

    init(method: FixedMethod, missing reason: MissingReason) {
        self.init(method: method, difference: nil, standardError: nil, interval: nil, p: nil, reason: reason)
    }
}

extension ArmOutcomes.Rows {
    func values(ofTreatment treated: Bool) -> [Double] {
        values.indices.compactMap { isTreatment[$0] == treated ? values[$0] : nil }
    }

    fileprivate func adjustment(alpha: Double) throws(MissingReason) -> CovariateAdjustment {
        guard let covariates else { throw .noCovariate }
        var (control, treatment) = (JointMoments(), JointMoments())
        for row in values.indices {
            if isTreatment[row] {
                treatment.observe(x: covariates[row], y: values[row])
            } else {
                control.observe(x: covariates[row], y: values[row])
            }
        }
        return CovariateAdjustment(control: control, treatment: treatment, alpha: alpha)
    }

    /// Sums per unit, units in the order of their codes so that the digits do not depend on hashing.
    fileprivate func clustered(alpha: Double) -> ClusteredComparison? {
        guard let units else { return nil }
        let unitCount = Int(units.max() ?? -1) + 1
        var sums = [[(value: Double, rows: Double)]](repeating: Array(repeating: (0, 0), count: unitCount), count: 2)
        for row in values.indices {
            let arm = isTreatment[row] ? 1 : 0
            sums[arm][Int(units[row])].value += values[row]
            sums[arm][Int(units[row])].rows += 1
        }
        let metrics = sums.map { arm in
            var metric = RatioMetric()
            for unit in arm where unit.rows > 0 { metric.observe(numerator: unit.value, denominator: unit.rows) }
            return metric
        }
        return ClusteredComparison(control: metrics[0], treatment: metrics[1], alpha: alpha)
    }
}
