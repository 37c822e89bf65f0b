import Rendering
import Statistics

/// How `measure` puts numbers into sentences.
enum MeasureWords {
    /// `0.775 (0.743…0.804)`; with decimals that suit the number.
    static func value(_ measured: Measured) -> String {
        guard let value = measured.value else { return measured.reason.map(reason) ?? "undefined" }
        let decimals = decimals(value)
        let text = Wording.readable(value, decimals)
        guard let interval = measured.interval else { return text }
        return "\(text) (\(Wording.readable(interval.lower, decimals))…\(Wording.readable(interval.upper, decimals)))"
    }

    static func cell(_ value: Double?, _ decimals: Int = 3) -> Phrase {
        value.map { Phrase(Wording.readable($0, decimals)) } ?? Phrase("–")
    }

    /// Three decimals below 10, fewer above.
    static func decimals(_ value: Double) -> Int { abs(value) < 10 ? 3 : abs(value) < 100 ? 2 : abs(value) < 1000 ? 1 : 0 }

    static func verdict(_ difference: PairedDifference, lessIsBetter: Bool) -> Phrase {
        guard let p = difference.p else { return Phrase("not compared", .caution) }
        guard p < GroupDifference.level else { return Phrase("no difference shown", .caution) }
        return (difference.difference < 0) == lessIsBetter ? Phrase("better", .good) : Phrase("worse", .bad)
    }

    static func row(_ name: String, _ measured: Measured) -> IntervalChart.Row {
        IntervalChart.Row(
            name, value: measured.value, lower: measured.interval?.lower, upper: measured.interval?.upper,
            note: measured.reason.map(reason) ?? "")
    }

    /// A difference from a baseline; in colour where its interval leaves 0 out. `lessIsBetter` is nil where neither is.
    static func row(_ name: String, _ difference: PairedDifference, lessIsBetter: Bool?) -> IntervalChart.Row {
        IntervalChart.Row(
            name, value: difference.difference, lower: difference.interval?.lower, upper: difference.interval?.upper,
            tone: tone(difference, lessIsBetter: lessIsBetter), note: difference.p.map(Wording.pEquals) ?? "")
    }

    static func tone(_ difference: PairedDifference, lessIsBetter: Bool?) -> Tone {
        guard let lessIsBetter, let interval = difference.interval, !interval.contains(0) else { return .neutral }
        return lessIsBetter == (difference.difference < 0) ? .good : .bad
    }

    /// A metric's name in JSON, for reading: `f1_macro` as `F1 macro`.
    static func words(_ name: String) -> String {
        let words: [Substring: String] = [
            "auc": "AUC", "f1": "F1", "kappa": "Cohen's kappa", "mae": "MAE", "mape": "MAPE", "mcc": "MCC",
            "ovo": "one-against-one",
            "ovr": "one-against-rest", "r2": "R²", "rmse": "RMSE",
        ]
        return name.split(separator: "_").map { words[$0] ?? String($0) }.joined(separator: " ")
    }

    static func name(_ metric: Metric) -> String {
        switch metric {
        case .aucROC: "AUC"
        case .prAUC: "average precision"
        case .logLoss: "log loss"
        case .brier: "Brier score"
        case .ks: "KS distance"
        case .ece: "calibration error"
        case .accuracy: "accuracy"
        case .f1: "F1"
        case .rmse: "RMSE"
        case .mae: "MAE"
        case .r2: "R²"
        case .aucOVRMacro: "AUC, one against rest"
        case .f1Macro: "F1, macro"
        }
    }

    static func name(_ metric: DecisionMetric) -> String {
        switch metric {
        case .accuracy: "accuracy"
        case .balancedAccuracy: "balanced accuracy"
        case .precision: "precision"
        case .recall: "recall"
        case .falsePositiveRate: "false positive rate"
        case .specificity: "specificity"
        case .negativePredictiveValue: "negative predictive value"
        case .f1: "F1"
        case .mcc: "MCC"
        case .kappa: "Cohen's kappa"
        case .selectionRate: "selection rate"
        case .baseRate: "base rate"
        }
    }

    /// Why a number is not there, in words.
    static func reason(_ reason: Undefined) -> String {
        switch reason {
        case .empty: "no rows"
        case .tooSmall: "too few rows"
        case .singleClass: "one class only"
        case .tooFewOfAClass: "too few of a class"
        case .noPositives: "no positives"
        case .noNegatives: "no negatives"
        case .nothingSelected: "nothing selected"
        case .nothingRejected: "nothing rejected"
        case .notProbabilities: "scores are not probabilities"
        case .tooFewRows: "too few rows"
        case .noVariance: "no variance to go by"
        case .undefinedInResamples: "undefined in too many resamples"
        case .separable: "scores part the classes"
        case .constantLabel: "labels do not vary"
        case .outsideDomain: "labels or answers outside its domain"
        case .missingClasses: "some classes do not occur"
        case .tooManyClasses: "too many classes"
        case .notComputed: "no interval computed"
        case .weighted: "rows are weighted"
        case .overflow: "too large a number"
        }
    }
}
