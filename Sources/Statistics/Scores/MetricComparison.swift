/// A metric of a candidate, of the model it would replace, and their difference on the same rows, each with its interval.
///
/// AUC by DeLong, shares by Wilson, means over rows by Student's t, everything else by one shared paired bootstrap. The interval
/// of a difference by percentiles is widened to hold the difference, should resampling have moved all of it to one side.
package struct MetricComparison: Sendable, Equatable {
    package let candidate: Estimate
    /// Nil without a baseline.
    package let baseline: Estimate?
    /// Candidate minus baseline, whatever direction is better. Nil when either value is undefined.
    package let difference: PairedDifference?

    /// Both models must have been made from the same labels and weights for the same metric.
    package init(
        of metric: Metric, candidate: ScoredRows, baseline: ScoredRows? = nil, bootstrap: Bootstrap = Bootstrap()
    ) {
        precondition(
            baseline.map { $0.count == candidate.count && $0.weights == candidate.weights } ?? true,
            "both models are measured on the same rows")
        if metric == .aucROC, let scores = candidate.binary {
            let other = baseline?.binary
            self.init(
                DeLong.estimate(scores), other.map(DeLong.estimate), other.flatMap { DeLong.difference(scores, minus: $0) })
        } else if let contribution = candidate.rowContribution(to: metric) {
            let rows = candidate.count
            let weights = candidate.weights
            let other = baseline?.rowContribution(to: metric)
            self.init(
                Self.meanEstimate(metric, rows, weights, contribution),
                other.map { Self.meanEstimate(metric, rows, weights, $0) },
                other.map { other in Self.meanDifference(Mean(rows: rows, weights: weights) { contribution($0) - other($0) }) })
        } else {
            self.init(resampling: metric, candidate, baseline, bootstrap)
        }
    }

    private init(_ candidate: Estimate, _ baseline: Estimate?, _ difference: PairedDifference?) {
        self.candidate = candidate
        self.baseline = baseline
        self.difference = difference.flatMap { $0.difference.isFinite ? $0 : nil }
    }

    private init(resampling metric: Metric, _ candidate: ScoredRows, _ baseline: ScoredRows?, _ bootstrap: Bootstrap) {
        let value = candidate.value(of: metric)
        let other = baseline?.value(of: metric)
        let isDefined = value != nil && (baseline == nil || other != nil)
        let perModel = metric == .ece ? CalibrationErrorInterval.statistics : 1
        let resamples =
            isDefined
            ? bootstrap.resamples(
                rows: candidate.count, statistics: baseline == nil ? perModel : 2 * perModel + 1,
                Self.statistics(metric, candidate, baseline)) : nil
        func estimate(_ value: Double?, _ first: Int) -> Estimate {
            metric == .ece
                ? CalibrationErrorInterval.estimate(value, resamples, from: first) : Estimate(value: value, resamples, first)
        }
        let difference: PairedDifference? =
            if let value, let other {
                PairedDifference(
                    difference: value - other,
                    interval: candidate.answers(like: baseline, for: metric)
                        ? Interval(lower: 0, upper: 0)
                        : resamples?.variedPercentileInterval(2 * perModel).map {
                            Interval(lower: min($0.lower, value - other), upper: max($0.upper, value - other))
                        },
                    standardError: nil, p: nil, method: .bootstrapPercentile, replicates: resamples?.made)
            } else { nil }
        self.init(estimate(value, 0), baseline == nil ? nil : estimate(other, perModel), difference)
    }

    /// The candidate's statistics, its value first, and with a baseline that one's and the difference of the values, over rows
    /// drawn.
    private static func statistics(
        _ metric: Metric, _ candidate: ScoredRows, _ baseline: ScoredRows?
    ) -> ([UInt8]) -> [Double]? {
        let values: ([UInt8]) -> ([Double]?, [Double]?)
        if let ranked = RankedPair(metric, candidate, baseline) {
            values = { drawn in
                let (value, other) = ranked.values(drawn: drawn)
                return (value.map { [$0] }, other.map { [$0] })
            }
        } else if metric == .ece {
            let own = candidate.binary.flatMap(CalibrationErrorInterval.init)
            let other = baseline?.binary.flatMap(CalibrationErrorInterval.init)
            values = { (own?.statistics($0), other?.statistics($0)) }
        } else {
            values = { drawn in
                (candidate.value(of: metric, drawn: drawn).map { [$0] }, baseline?.value(of: metric, drawn: drawn).map { [$0] })
            }
        }
        return { drawn in
            let (own, other) = values(drawn)
            guard let own else { return nil }
            guard baseline != nil else { return own }
            return other.map { own + $0 + [own[0] - $0[0]] }
        }
    }

    private static func meanEstimate(
        _ metric: Metric, _ rows: Int, _ weights: RowWeights?, _ contribution: (Int) -> Double
    ) -> Estimate {
        guard metric == .accuracy else {
            let mean = Mean(rows: rows, weights: weights, contribution)
            return Estimate(value: mean.value, interval: mean.interval, method: .studentT)
        }
        if let weights {
            let share = RowMean.of(rows: rows, weights: weights, drawn: nil, contribution) ?? 0
            return Estimate(
                value: share, interval: Proportion.wilson(share: share, effectiveTrials: weights.effectiveRows),
                method: .wilson)
        }
        let right = (0..<rows).reduce(0) { contribution($1) == 1 ? $0 + 1 : $0 }
        return Estimate(
            value: Double(right) / Double(rows), interval: Proportion.wilson(right, of: rows), method: .wilson)
    }

    private static func meanDifference(_ mean: Mean) -> PairedDifference {
        guard let standardError = mean.standardError else {
            return PairedDifference(
                difference: mean.value, interval: nil, standardError: nil, p: nil, method: .studentT)
        }
        // Rows that all differ by the same amount leave t undefined; where that amount is nothing, p is 1.
        let p: Double? =
            standardError > 0
            ? StudentT.twoSidedP(mean.value / standardError, degreesOfFreedom: mean.degreesOfFreedom)
            : mean.value == 0 ? 1 : nil
        return PairedDifference(
            difference: mean.value, interval: mean.interval, standardError: standardError, p: p, method: .studentT)
    }
}

extension Estimate {
    /// A resampled statistic with its BCa interval; the percentile interval where all resamples lie on one side of the value.
    fileprivate init(value: Double?, _ resamples: Resamples?, _ statistic: Int) {
        let corrected = value.flatMap { resamples?.biasCorrectedInterval(statistic, around: $0) }
        self.init(
            value: value, interval: corrected ?? resamples?.variedPercentileInterval(statistic),
            method: corrected == nil ? .bootstrapPercentile : .bootstrapBCa, replicates: resamples?.made)
    }
}

extension ScoredRows {
    /// Whether the metric cannot tell the two models' answers apart, on whatever rows.
    fileprivate func answers(like other: ScoredRows?, for metric: Metric) -> Bool {
        switch (self, other) {
        case (.binary(let scores), .binary(let others)):
            metric == .prAUC || metric == .ks ? scores.ranksLike(others) : scores.scores == others.scores
        case (.multiclass(let scores), .multiclass(let others)): scores.answers == others.answers
        case (.regression(let scores), .regression(let others)): scores.answers == others.answers
        case (.binary, _), (.multiclass, _), (.regression, _): false
        }
    }
}
