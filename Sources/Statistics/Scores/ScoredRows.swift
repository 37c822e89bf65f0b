/// One model's answers on labelled rows, in the form that a metric reads.
package enum ScoredRows: Sendable {
    case binary(BinaryScores)
    case multiclass(MulticlassScores)
    case regression(RegressionScores)

    /// Chooses the form from the metric and the number of outputs; of two outputs the second is the score of label 1.
    ///
    /// Fails on anything that cannot be measured: no rows, labels or answers that are not what the metric reads, answers that
    /// are not probabilities where the metric needs them.
    package init(
        for metric: Metric, labels: [Double], answers: ScoreMatrix, weights: [Double]? = nil, decisionThreshold: Double
    ) throws(ScoreDefect) {
        let binary = answers.positiveScores
        switch metric.family {
        case .regression:
            guard answers.outputs == 1 else { throw .outputs(answers.outputs, metric: metric) }
            self = .regression(try RegressionScores(labels: labels, answers: answers.values, weights: weights))
        case .binary:
            guard let binary else { throw .outputs(answers.outputs, metric: metric) }
            self = .binary(
                try BinaryScores(labels: labels, scores: binary, weights: weights, decisionThreshold: decisionThreshold))
        case .multiclass:
            guard answers.outputs >= 2 else { throw .outputs(answers.outputs, metric: metric) }
            self = .multiclass(
                try MulticlassScores(labels: labels, answers: answers, weights: weights, ranked: metric == .aucOVRMacro))
        case .classification:
            if let binary {
                self = .binary(
                    try BinaryScores(labels: labels, scores: binary, weights: weights, decisionThreshold: decisionThreshold))
            } else {
                self = .multiclass(
                    try MulticlassScores(labels: labels, answers: answers, weights: weights, ranked: metric == .aucOVRMacro))
            }
        }
        if metric.needsProbabilities, let probabilityDefect { throw probabilityDefect }
    }

    package var count: Int {
        switch self {
        case .binary(let scores): scores.count
        case .multiclass(let scores): scores.count
        case .regression(let scores): scores.count
        }
    }

    /// Rows of the rarer class, effective ones where rows are weighted; nil unless there are two classes to count.
    package var rarestClassCount: Int? { binary.map { Int($0.totals.rarestEffectiveRows * (1 + 1e-12)) } }

    package var weights: RowWeights? {
        switch self {
        case .binary(let scores): scores.weights
        case .multiclass(let scores): scores.weights
        case .regression(let scores): scores.weights
        }
    }

    var binary: BinaryScores? {
        guard case .binary(let scores) = self else { return nil }
        return scores
    }

    /// Beside what happened, in bins of equal width; nil unless these are probabilities of one of two classes.
    package var reliability: Reliability? { binary.flatMap { Reliability($0, scheme: .equalWidth) } }

    private var probabilityDefect: ScoreDefect? {
        switch self {
        case .binary(let scores): scores.probabilityDefect
        case .multiclass(let scores): scores.probabilityDefect
        case .regression: nil
        }
    }

    /// The metric, each row counted with its weight as often as `drawn` says (once when nil). Nil where the rows do not define it, or
    /// where it is not a metric of this form.
    package func value(of metric: Metric, drawn: [UInt8]? = nil) -> Double? {
        if let contribution = rowContribution(to: metric) {
            return RowMean.of(rows: count, weights: weights, drawn: drawn, contribution)
        }
        switch (self, metric) {
        case (.binary(let scores), .aucROC): return scores.auc(drawn: drawn)
        case (.binary(let scores), .prAUC): return scores.averagePrecision(drawn: drawn)
        case (.binary(let scores), .ks): return scores.kolmogorovSmirnov(drawn: drawn)
        case (.binary(let scores), .ece): return scores.expectedCalibrationError(drawn: drawn)
        case (.binary(let scores), .f1): return scores.f1(drawn: drawn)
        case (.multiclass(let scores), .f1Macro): return scores.macroF1(drawn: drawn)
        case (.multiclass(let scores), .aucOVRMacro): return scores.macroAUC(drawn: drawn)
        case (.regression(let scores), .rmse): return scores.rootMeanSquaredError(drawn: drawn)
        case (.regression(let scores), .r2): return scores.rSquared(drawn: drawn)
        case (.binary, _), (.multiclass, _), (.regression, _): return nil
        }
    }

    /// What one row adds to a metric that is a mean over rows; nil for the others.
    func rowContribution(to metric: Metric) -> ((Int) -> Double)? {
        switch (self, metric) {
        case (.binary(let scores), .logLoss): scores.logLoss
        case (.binary(let scores), .brier): scores.squaredError
        case (.binary(let scores), .accuracy): scores.isRight
        case (.multiclass(let scores), .logLoss): scores.logLoss
        case (.multiclass(let scores), .accuracy): scores.isRight
        case (.regression(let scores), .mae): scores.absoluteError
        case (.binary, _), (.multiclass, _), (.regression, _): nil
        }
    }
}

extension ScoreMatrix {
    /// The score of label 1: the only output, or the second of two. Nil for more.
    package var positiveScores: [Double]? {
        switch outputs {
        case 1: values
        case 2: stride(from: 1, to: values.count, by: 2).map { values[$0] }
        default: nil
        }
    }
}
