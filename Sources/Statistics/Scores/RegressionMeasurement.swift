/// Everything that is measured of answers that are numbers, alone and beside a baseline.
package struct RegressionMeasurement: Sendable {
    package let candidate: [(metric: RegressionMetric, measured: Measured)]
    /// Nil without a baseline.
    package let baseline: [(metric: RegressionMetric, measured: Measured)]?
    /// The candidate's numbers minus the baseline's on the same rows. Empty without a baseline.
    package let differences: [(metric: RegressionMetric, difference: Result<PairedDifference, Undefined>)]
    package let quantile: Double
    package let degreesOfFreedom: Double

    /// `quantile` is that of the pinball loss. Both models must have been made from the same labels and weights.
    package init(
        _ candidate: RegressionScores, baseline: RegressionScores? = nil, quantile: Double = 0.5,
        bootstrap: Bootstrap = Bootstrap()
    ) {
        self.quantile = quantile
        degreesOfFreedom = (candidate.weights?.effectiveRows ?? Double(candidate.count)) - 1
        var own: [(RegressionMetric, Measured)] = []
        var other: [(RegressionMetric, Measured)] = []
        var differences: [(RegressionMetric, Result<PairedDifference, Undefined>)] = []
        for metric in RegressionMetric.allCases {
            let found = Self.measure(metric, candidate, baseline, quantile, bootstrap)
            own.append((metric, found.candidate))
            if let measured = found.baseline { other.append((metric, measured)) }
            if let difference = found.difference { differences.append((metric, difference)) }
        }
        self.candidate = own
        self.baseline = baseline == nil ? nil : other
        self.differences = differences
    }

    private struct Found {
        var candidate: Measured
        var baseline: Measured?
        var difference: Result<PairedDifference, Undefined>?
    }

    private static func measure(
        _ metric: RegressionMetric, _ candidate: RegressionScores, _ baseline: RegressionScores?, _ quantile: Double,
        _ bootstrap: Bootstrap
    ) -> Found {
        switch metric {
        case .rmse: return resampled(.rmse, candidate, baseline, bootstrap, gap: candidate.count < 2 ? .tooFewRows : .noVariance)
        case .r2:
            let gap: Undefined = candidate.count < 2 ? .tooFewRows : .constantLabel
            return resampled(.r2, candidate, baseline, bootstrap, gap: gap)
        case .explainedVariance: return explainedVariance(candidate, baseline)
        case .medianAbsoluteError: return points(candidate, baseline) { $0.medianAbsoluteError }
        case .maxError:
            return points(candidate, baseline) {
                Measured(Estimate(value: $0.greatestError, interval: nil, method: .pointOnly), reason: .notComputed)
            }
        case .mae, .meanError, .mape, .pinball, .poissonDeviance, .gammaDeviance:
            guard let contribution = metric.contribution(quantile) else { return points(candidate, baseline) { _ in .missing } }
            return means(candidate, baseline, contribution)
        }
    }

    /// Numbers whose difference has no interval.
    private static func points(
        _ candidate: RegressionScores, _ baseline: RegressionScores?, _ measure: (RegressionScores) -> Measured
    ) -> Found {
        let (own, other) = (measure(candidate), baseline.map(measure))
        guard let other else { return Found(candidate: own) }
        guard let first = own.value, let second = other.value else {
            return Found(candidate: own, baseline: other, difference: .failure(own.reason ?? other.reason ?? .overflow))
        }
        let difference = PairedDifference(
            difference: first - second, interval: nil, standardError: nil, p: nil, method: .pointOnly)
        return Found(candidate: own, baseline: other, difference: .success(difference))
    }

    private static func resampled(
        _ metric: Metric, _ candidate: RegressionScores, _ baseline: RegressionScores?, _ bootstrap: Bootstrap, gap: Undefined
    ) -> Found {
        let found = MetricComparison(
            of: metric, candidate: .regression(candidate), baseline: baseline.map(ScoredRows.regression), bootstrap: bootstrap)
        return Found(
            candidate: Measured(found.candidate, reason: gap), baseline: found.baseline.map { Measured($0, reason: gap) },
            difference: baseline == nil ? nil : found.difference.map { .success($0) } ?? .failure(gap))
    }

    /// Means over rows with Student's t, their difference over the differences of the rows.
    private static func means(
        _ candidate: RegressionScores, _ baseline: RegressionScores?, _ contribution: @escaping (Double, Double) -> Double
    ) -> Found {
        func measured(_ scores: RegressionScores) -> Measured {
            let mean = Mean(rows: scores.count, weights: scores.weights) { contribution(scores.labels[$0], scores.answers[$0]) }
            let gap: Undefined = mean.value.isNaN ? .outsideDomain : scores.count < 2 ? .tooFewRows : .overflow
            return Measured(Estimate(value: mean.value, interval: mean.interval, method: .studentT), reason: gap)
        }
        let own = measured(candidate)
        guard let baseline else { return Found(candidate: own) }
        let other = measured(baseline)
        let mean = Mean(rows: candidate.count, weights: candidate.weights) { row in
            contribution(candidate.labels[row], candidate.answers[row])
                - contribution(baseline.labels[row], baseline.answers[row])
        }
        guard mean.value.isFinite else {
            return Found(candidate: own, baseline: other, difference: .failure(own.reason ?? other.reason ?? .overflow))
        }
        return Found(candidate: own, baseline: other, difference: .success(.mean(mean, method: .studentT)))
    }

    private static func explainedVariance(_ candidate: RegressionScores, _ baseline: RegressionScores?) -> Found {
        func measured(_ found: RegressionScores.ExplainedVariance?, _ scores: RegressionScores) -> Measured {
            guard let found else {
                let reason: Undefined = scores.count < 2 ? .tooFewRows : .constantLabel
                return Measured(Estimate(value: nil, interval: nil, method: .influence), reason: reason)
            }
            let spread = Mean(rows: scores.count, weights: scores.weights, found.influence)
            let half = spread.interval.map { ($0.upper - $0.lower) / 2 }
            let interval = half.map { Interval(lower: found.value - $0, upper: found.value + $0) }
            return Measured(Estimate(value: found.value, interval: interval, method: .influence), reason: .noVariance)
        }
        let first = candidate.explainedVariance
        let own = measured(first, candidate)
        guard let baseline else { return Found(candidate: own) }
        let second = baseline.explainedVariance
        let other = measured(second, baseline)
        guard let first, let second else {
            return Found(candidate: own, baseline: other, difference: .failure(own.reason ?? .constantLabel))
        }
        let spread = Mean(rows: candidate.count, weights: candidate.weights) { first.influence($0) - second.influence($0) }
        let difference = PairedDifference.mean(spread, of: first.value - second.value, method: .influence)
        return Found(candidate: own, baseline: other, difference: .success(difference))
    }
}

extension Measured {
    fileprivate static var missing: Measured {
        Measured(Estimate(value: nil, interval: nil, method: .pointOnly), reason: .notComputed)
    }
}

extension PairedDifference {
    /// A difference that is the mean of `rows`, or has their spread around another centre: Student's t. Nil p where all rows
    /// differ by the same amount, other than nothing.
    static func mean(_ rows: Mean, of difference: Double? = nil, method: IntervalMethod) -> PairedDifference {
        let value = difference ?? rows.value
        guard let error = rows.standardError, let interval = rows.interval else {
            return PairedDifference(difference: value, interval: nil, standardError: nil, p: nil, method: method)
        }
        let half = (interval.upper - interval.lower) / 2
        let p =
            error > 0
            ? StudentT.twoSidedP(value / error, degreesOfFreedom: rows.degreesOfFreedom) : value == 0 ? 1 : nil
        return PairedDifference(
            difference: value, interval: Interval(lower: value - half, upper: value + half), standardError: error, p: p,
            method: method)
    }
}
