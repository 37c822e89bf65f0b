/// A number that says how good a model's answers are. Definitions follow scikit-learn where it has one.
package enum Metric: String, Sendable, CaseIterable {
    /// Area under the ROC curve; equal scores count half.
    case aucROC = "auc_roc"
    /// Average precision: the step sum over distinct thresholds, not a trapezoid.
    case prAUC = "pr_auc"
    /// Mean −ln of the probability given to what happened, natural logarithm.
    case logLoss = "log_loss"
    /// Mean squared distance of probability and label.
    case brier
    /// Kolmogorov–Smirnov distance of the scores of positives and negatives.
    case ks
    /// Expected calibration error over 10 equal-width bins.
    case ece
    /// Share of right decisions.
    case accuracy
    case f1
    case rmse
    case mae
    case r2
    /// Mean over classes of the AUC of that class against the rest.
    case aucOVRMacro = "auc_ovr_macro"
    /// Mean over classes of F1.
    case f1Macro = "f1_macro"

    /// What kind of labels and answers a metric reads.
    package enum Family: Sendable {
        case binary, multiclass, regression
        /// Either number of classes.
        case classification
    }

    package var family: Family {
        switch self {
        case .aucROC, .prAUC, .brier, .ks, .ece, .f1: .binary
        case .aucOVRMacro, .f1Macro: .multiclass
        case .rmse, .mae, .r2: .regression
        case .accuracy, .logLoss: .classification
        }
    }

    /// Whether less is better.
    package var isLoss: Bool {
        switch self {
        case .logLoss, .brier, .ece, .rmse, .mae: true
        case .aucROC, .prAUC, .ks, .accuracy, .f1, .r2, .aucOVRMacro, .f1Macro: false
        }
    }

    /// Whether the answers must be probabilities; the other metrics need only an order or a value.
    package var needsProbabilities: Bool {
        switch self {
        case .logLoss, .brier, .ece, .aucOVRMacro: true
        case .aucROC, .prAUC, .ks, .accuracy, .f1, .rmse, .mae, .r2, .f1Macro: false
        }
    }

    /// Whether it says something only when the rows hold both classes (all classes, for multiclass).
    package var needsEveryClass: Bool {
        switch self {
        case .aucROC, .prAUC, .ks, .aucOVRMacro: true
        case .logLoss, .brier, .ece, .accuracy, .f1, .rmse, .mae, .r2, .f1Macro: false
        }
    }
}

/// Why labels and answers cannot be measured. Rows count from 1.
package enum ScoreDefect: Error, Sendable, Equatable, CustomStringConvertible {
    case noRows
    case tooManyRows(Int, rowsMax: Int)
    case rowCounts(labels: Int, answers: Int)
    /// A label that is not 0 or 1 (not 0, 1, …, classes − 1; not a finite number for regression).
    case labels(count: Int, firstRow: Int, expected: String)
    /// NaN or infinite answers.
    case notFinite(count: Int, firstRow: Int)
    /// Answers outside 0…1, or rows of class probabilities that do not sum to 1.
    case notProbabilities(count: Int, firstRow: Int)
    /// Not one weight per row.
    case weightCounts(rows: Int, weights: Int)
    /// Weights that are negative, NaN or infinite.
    case weights(count: Int, firstRow: Int)
    /// All weights are 0.
    case noWeight
    case outputs(Int, metric: Metric)

    package var description: String {
        switch self {
        case .noRows: "there are no rows"
        case .tooManyRows(let count, let rowsMax): "\(count) rows are more than the \(rowsMax) that can be ranked"
        case .rowCounts(let labels, let answers): "there are \(labels) labels but \(answers) scores"
        case .labels(let count, let firstRow, let expected):
            "\(count) \(count == 1 ? "label is" : "labels are") not \(expected), first in row \(firstRow)"
        case .notFinite(let count, let firstRow):
            "\(count) \(count == 1 ? "score is" : "scores are") NaN or infinite, first in row \(firstRow)"
        case .notProbabilities(let count, let firstRow):
            "\(count) \(count == 1 ? "row does" : "rows do") not hold probabilities, first row \(firstRow)"
        case .weightCounts(let rows, let weights): "there are \(rows) rows but \(weights) weights"
        case .weights(let count, let firstRow):
            "\(count) \(count == 1 ? "weight is" : "weights are") negative, NaN or infinite, first in row \(firstRow)"
        case .noWeight: "all weights are 0"
        case .outputs(let outputs, let metric):
            switch metric.family {
            case .binary, .regression: "\(metric.rawValue) needs one score per row, the model gives \(outputs)"
            case .multiclass, .classification:
                "\(metric.rawValue) needs one score per class, the model gives \(outputs) per row"
            }
        }
    }
}
