import GatehouseCore
import Rendering
import Statistics

/// How `measure` puts numbers into sentences.
enum MeasureWords {
    /// `p = 0.015`, `p = 0.19`, `p < 0.001`.
    static func p(_ p: Double) -> String {
        if p < 0.001 { return "p < 0.001" }
        return "p = " + Wording.fixed(p, p < 0.0995 ? 3 : 2)
    }

    /// `12,345`.
    static func grouped(_ number: Int) -> String {
        var digits = String(number.magnitude)
        var parts: [String] = []
        while digits.count > 3 {
            parts.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "−" : "") + ([digits] + parts).joined(separator: ",")
    }

    /// `0.5`, `1`: a number that a person gave, as it was given.
    static func plain(_ number: Double) -> String { JSONValue.number(number).canonicalText }

    static func rows(_ number: Int) -> String { "\(grouped(number)) row\(number == 1 ? "" : "s")" }

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
        case .weighted: "rows are weighted"
        case .overflow: "too large a number"
        }
    }
}
