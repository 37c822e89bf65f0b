/// Everything that is measured of a binary model on labelled rows, alone and beside a baseline.
package struct BinaryMeasurement: Sendable {
    /// One model's numbers.
    package struct Model: Sendable {
        /// Of the ranking and of the scores as probabilities, in the order of `BinaryMeasurement.scoreMetrics`.
        package let scores: [(metric: Metric, measured: Measured)]
        /// Of the decisions, in the order of `DecisionMetric`.
        package let decisions: [(metric: DecisionMetric, measured: Measured)]
        package let table: DecisionTable
        /// Empty when the scores are not probabilities.
        package let reliability: [Reliability]
        package let calibration: Result<CalibrationLine, Undefined>
    }

    /// The candidate's numbers minus the baseline's, on the same rows.
    package struct Comparison: Sendable {
        package let scores: [(metric: Metric, difference: Result<PairedDifference, Undefined>)]
        package let decisions: [(metric: DecisionMetric, difference: Result<PairedDifference, Undefined>)]
        package let paired: PairedDecisions
        /// Of Student's distribution, where a difference is judged by it.
        package let degreesOfFreedom: Double
    }

    package static let scoreMetrics: [Metric] = [.aucROC, .prAUC, .logLoss, .brier, .ks, .ece]

    package let candidate: Model
    package let baseline: Model?
    package let comparison: Comparison?

    /// Both models must have been made from the same labels and weights; each decides by its own threshold.
    package init(_ candidate: BinaryScores, baseline: BinaryScores? = nil, bootstrap: Bootstrap = Bootstrap()) {
        var own: [(Metric, Measured)] = []
        var other: [(Metric, Measured)] = []
        var differences: [(Metric, Result<PairedDifference, Undefined>)] = []
        for metric in Self.scoreMetrics {
            let reason = Self.reasonAgainst(metric, candidate)
            let otherReason = baseline.flatMap { Self.reasonAgainst(metric, $0) }
            // What one model's scores cannot give is still measured of the other.
            let isPaired = baseline != nil && reason == nil && otherReason == nil
            let measured = MetricComparison(
                of: metric, candidate: .binary(candidate), baseline: isPaired ? baseline.map(ScoredRows.binary) : nil,
                bootstrap: bootstrap)
            own.append((metric, Self.measured(metric, measured.candidate, reason, candidate)))
            guard let baseline else { continue }
            let alone =
                measured.baseline
                ?? MetricComparison(of: metric, candidate: .binary(baseline), bootstrap: bootstrap).candidate
            other.append((metric, Self.measured(metric, alone, otherReason, baseline)))
            let difference = measured.difference.map(Result<PairedDifference, Undefined>.success)
            differences.append((metric, difference ?? .failure(reason ?? otherReason ?? .overflow)))
        }
        self.candidate = Model(candidate, own)
        self.baseline = baseline.map { Model($0, other) }
        comparison = baseline.map { baseline in
            let paired = PairedDecisions(candidate, baseline)
            return Comparison(
                scores: differences, decisions: DecisionMetric.allCases.map { ($0, paired.difference(of: $0)) }, paired: paired,
                degreesOfFreedom: (candidate.weights?.effectiveRows ?? Double(candidate.count)) - 1)
        }
    }

    /// Why the metric has no value on these rows; nil when it has one.
    private static func reasonAgainst(_ metric: Metric, _ scores: BinaryScores) -> Undefined? {
        if metric.needsEveryClass, !scores.hasBothClasses { return .singleClass }
        if metric.needsProbabilities, scores.probabilityDefect != nil { return .notProbabilities }
        return nil
    }

    private static func measured(
        _ metric: Metric, _ estimate: Estimate, _ reason: Undefined?, _ scores: BinaryScores
    ) -> Measured {
        if let reason { return Measured(Estimate(value: nil, interval: nil, method: estimate.method), reason: reason) }
        if scores.count < 2 { return Measured(estimate, reason: .tooFewRows) }
        let isThin = min(scores.totals.positive.rows, scores.totals.negative.rows) < 2
        if metric.needsEveryClass, isThin { return Measured(estimate, reason: .tooFewOfAClass) }
        let isMean = metric == .aucROC || metric == .logLoss || metric == .brier
        return Measured(estimate, reason: isMean ? .noVariance : .undefinedInResamples)
    }
}

extension BinaryMeasurement.Model {
    fileprivate init(_ scores: BinaryScores, _ measured: [(Metric, Measured)]) {
        let table = scores.decisionTable()
        self.init(
            scores: measured, decisions: DecisionMetric.allCases.map { ($0, $0.measured(table)) }, table: table,
            reliability: Reliability.Scheme.allCases.compactMap { Reliability(scores, scheme: $0) },
            calibration: CalibrationLine.fit(scores))
    }
}
