import Glibc

/// A number about the decisions of a threshold: a function of the four cells of a `DecisionTable`.
package enum DecisionMetric: String, Sendable, CaseIterable {
    /// Share of right decisions.
    case accuracy
    /// Mean of recall and specificity.
    case balancedAccuracy = "balanced_accuracy"
    /// Share of positives among the selected.
    case precision
    /// Share of positives that are selected: the true positive rate.
    case recall
    /// Share of negatives that are selected.
    case falsePositiveRate = "fpr"
    /// Share of negatives that are rejected.
    case specificity
    /// Share of negatives among the rejected: the negative predictive value.
    case negativePredictiveValue = "npv"
    /// Harmonic mean of precision and recall.
    case f1
    /// Matthews' correlation coefficient (1975).
    case mcc
    /// Cohen's kappa (1960) of labels and decisions.
    case kappa
    case selectionRate = "selection_rate"
    /// Share of positives among the rows, whatever the decisions.
    case baseRate = "base_rate"

    /// The metric as a plain share, where it is one.
    package func share(_ table: DecisionTable) -> Share? {
        switch self {
        case .accuracy: Share(table.right, of: table.all)
        case .precision: Share(table.truePositives, of: table.selected)
        case .recall: Share(table.truePositives, of: table.positives)
        case .falsePositiveRate: Share(table.falsePositives, of: table.negatives)
        case .specificity: Share(table.trueNegatives, of: table.negatives)
        case .negativePredictiveValue: Share(table.trueNegatives, of: table.rejected)
        case .selectionRate: Share(table.selected, of: table.all)
        case .baseRate: Share(table.positives, of: table.all)
        case .balancedAccuracy, .f1, .mcc, .kappa: nil
        }
    }

    /// The metric, or why it is undefined: where its formula divides 0 by 0 there is no value.
    package func value(_ table: DecisionTable) -> Result<Double, Undefined> {
        if table.all.sum <= 0 { return .failure(.empty) }
        if let value = slopes(table)?.value { return .success(value) }
        switch self {
        case .recall: return .failure(.noPositives)
        case .falsePositiveRate, .specificity: return .failure(.noNegatives)
        case .precision: return .failure(.nothingSelected)
        case .negativePredictiveValue: return .failure(.nothingRejected)
        case .f1: return .failure(.noPositives)
        case .balancedAccuracy, .mcc, .kappa:
            if table.positives.sum == 0 || table.negatives.sum == 0 { return .failure(.singleClass) }
            return .failure(table.selected.sum == 0 ? .nothingSelected : .nothingRejected)
        case .accuracy, .selectionRate, .baseRate: return .failure(.empty)
        }
    }

    /// The metric with its interval: Wilson's for shares, and forms of it for balanced accuracy and F1, so that perfect
    /// decisions on a few rows are not taken for certainty; the delta method on Fisher's scale for MCC and kappa.
    package func measured(_ table: DecisionTable) -> Measured {
        switch value(table) {
        case .failure(let reason): Measured(Estimate(value: nil, interval: nil, method: method), reason: reason)
        case .success(let value):
            Measured(Estimate(value: value, interval: interval(table, value), method: method), reason: .noVariance)
        }
    }

    private var method: IntervalMethod {
        switch self {
        case .balancedAccuracy: .squareAndAdd
        case .f1: .wilsonJaccard
        case .mcc, .kappa: .deltaFisher
        case .accuracy, .precision, .recall, .falsePositiveRate, .specificity, .negativePredictiveValue, .selectionRate,
            .baseRate:
            .wilson
        }
    }

    private func interval(_ table: DecisionTable, _ value: Double) -> Interval? {
        switch self {
        case .accuracy, .precision, .recall, .falsePositiveRate, .specificity, .negativePredictiveValue, .selectionRate,
            .baseRate:
            return share(table)?.interval
        case .balancedAccuracy:
            guard let recall = DecisionMetric.recall.share(table), let other = DecisionMetric.specificity.share(table) else {
                return nil
            }
            return SquareAndAdd.interval(halfSumOf: recall, other)
        case .f1:
            // F1 = 2J/(1 + J), rising in Jaccard's index J, which is a share and so has Wilson's interval.
            let involved = table.truePositives + table.falsePositives + table.falseNegatives
            return Share(table.truePositives, of: involved).interval.map {
                Interval(lower: 2 * $0.lower / (1 + $0.lower), upper: 2 * $0.upper / (1 + $0.upper))
            }
        case .mcc, .kappa: return fisherInterval(table, value)
        }
    }

    /// atanh of the metric ± 1.96 standard errors, back on its own scale. Where the cells leave no variance (perfect
    /// decisions) half a row is added to each, and the end on that side stays at the value.
    private func fisherInterval(_ table: DecisionTable, _ value: Double) -> Interval? {
        func ends(_ table: DecisionTable) -> Interval? {
            guard let slopes = slopes(table), abs(slopes.value) < 1 else { return nil }
            let variance = slopes.variance(table)
            guard variance > 0 else { return nil }
            let half = Interval.z * variance.squareRoot() / (1 - slopes.value * slopes.value)
            return Interval(lower: tanh(atanh(slopes.value) - half), upper: tanh(atanh(slopes.value) + half))
        }
        if let interval = ends(table) { return interval }
        return ends(table.withHalfRows).map {
            Interval(lower: min($0.lower, value), upper: max($0.upper, value))
        }
    }
}

/// The interval of a sum or a difference of two independent numbers from their own intervals, by squaring and adding the
/// distances to the ends (Newcombe, 1998, method 10; Zou and Donner, 2008).
enum SquareAndAdd {
    /// (first + second)/2. Nil where either has no interval.
    static func interval(halfSumOf first: Share, _ second: Share) -> Interval? {
        guard let a = first.value, let b = second.value, let one = first.interval, let other = second.interval else { return nil }
        let below = root(a - one.lower, b - other.lower)
        let above = root(one.upper - a, other.upper - b)
        return Interval(lower: (a + b - below) / 2, upper: (a + b + above) / 2)
    }

    /// first − second. Nil where either has no interval.
    static func interval(_ first: Share, minus second: Share) -> Interval? {
        guard let a = first.value, let b = second.value, let one = first.interval, let other = second.interval else { return nil }
        return Interval(
            lower: a - b - root(a - one.lower, other.upper - b), upper: a - b + root(one.upper - a, b - other.lower))
    }

    private static func root(_ one: Double, _ other: Double) -> Double { (one * one + other * other).squareRoot() }
}

extension DecisionTable {
    /// Half a row of average weight more in every cell.
    fileprivate var withHalfRows: DecisionTable {
        let all = all
        let weight = all.sum > 0 ? all.squares / all.sum : 1
        let half = WeightTotals(rows: 0, sum: weight / 2, squares: weight * weight / 2)
        return DecisionTable(cells: cells.map { $0 + half }[...])
    }
}
