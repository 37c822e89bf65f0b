import Glibc

/// A number about the decisions between several classes: a function of the cells of a `ClassTable`.
package enum ClassMetric: String, Sendable, CaseIterable {
    case accuracy
    /// Mean recall of the classes that occur among the labels.
    case balancedAccuracy = "balanced_accuracy"
    /// Mean F1 of the classes that occur among labels or decisions.
    case f1Macro = "f1_macro"
    /// Mean F1, each class weighing as much as its labels do.
    case f1Weighted = "f1_weighted"
    /// F1 over all decisions at once: with one label per row the accuracy.
    case f1Micro = "f1_micro"
    /// Cohen's kappa (1960).
    case kappa
    /// Matthews' correlation coefficient for several classes (Gorodkin, 2004).
    case mcc

    /// A metric of a table and how it moves with the weight of the cell of a label and a decision.
    struct Slopes {
        let value: Double
        let slope: (_ label: Int, _ decision: Int) -> Double

        /// The delta method over the cells: Σ w² slope².
        func variance(_ table: ClassTable) -> Double {
            var sum = 0.0
            for label in 0..<table.classes {
                for decision in 0..<table.classes where table[label, decision].rows > 0 {
                    let slope = slope(label, decision)
                    sum += table[label, decision].squares * slope * slope
                }
            }
            return sum
        }
    }

    /// The metric with its interval: Wilson's for accuracy, else the delta method on the scale that keeps the metric in its
    /// range. Perfect decisions leave no variance and get no interval.
    package func measured(_ table: ClassTable) -> Measured {
        switch self {
        case .accuracy, .f1Micro:
            let share = Share(table.right.reduce(WeightTotals(), +), of: table.all)
            return Measured(share.estimate, reason: .empty)
        case .balancedAccuracy, .f1Macro, .f1Weighted:
            guard let slopes = slopes(table) else { return undefined(table, .deltaLogit) }
            return Measured(
                Estimate(value: slopes.value, interval: Self.logitInterval(slopes, table), method: .deltaLogit),
                reason: .noVariance)
        case .kappa, .mcc:
            guard let slopes = slopes(table) else { return undefined(table, .deltaFisher) }
            return Measured(
                Estimate(value: slopes.value, interval: Self.fisherInterval(slopes, table), method: .deltaFisher),
                reason: .noVariance)
        }
    }

    private func undefined(_ table: ClassTable, _ method: IntervalMethod) -> Measured {
        Measured(Estimate(value: nil, interval: nil, method: method), reason: table.all.rows == 0 ? .empty : .singleClass)
    }

    private static func logitInterval(_ slopes: Slopes, _ table: ClassTable) -> Interval? {
        let value = slopes.value
        let variance = slopes.variance(table)
        guard value > 0, value < 1, variance > 0 else { return nil }
        let logit = log(value / (1 - value))
        let half = Interval.z * variance.squareRoot() / (value * (1 - value))
        return Interval(lower: 1 / (1 + exp(half - logit)), upper: 1 / (1 + exp(-half - logit)))
    }

    private static func fisherInterval(_ slopes: Slopes, _ table: ClassTable) -> Interval? {
        let variance = slopes.variance(table)
        guard abs(slopes.value) < 1, variance > 0 else { return nil }
        let half = Interval.z * variance.squareRoot() / (1 - slopes.value * slopes.value)
        return Interval(lower: tanh(atanh(slopes.value) - half), upper: tanh(atanh(slopes.value) + half))
    }

    /// Nil where the metric is undefined.
    func slopes(_ table: ClassTable) -> Slopes? {
        let all = table.all.sum
        guard all > 0 else { return nil }
        switch self {
        case .accuracy, .f1Micro:
            let value = table.right.reduce(0) { $0 + $1.sum } / all
            return Slopes(value: value) { ($0 == $1 ? 1 - value : -value) / all }
        case .balancedAccuracy: return Self.balancedAccuracy(table)
        case .f1Macro: return Self.f1Macro(table)
        case .f1Weighted: return Self.f1Weighted(table)
        case .kappa: return Self.kappa(table)
        case .mcc: return Self.mcc(table)
        }
    }

    private static func balancedAccuracy(_ table: ClassTable) -> Slopes? {
        let recalls = zip(table.right, table.labelled).map { $1.sum > 0 ? $0.sum / $1.sum : nil }
        let defined = recalls.compactMap(\.self)
        guard defined.count >= 2 else { return nil }
        let count = Double(defined.count)
        return Slopes(value: defined.reduce(0, +) / count) { label, decision in
            ((label == decision ? 1 : 0) - (recalls[label] ?? 0)) / table.labelled[label].sum / count
        }
    }

    /// F1 of every class with its denominator; 0 and ∞ for classes that do not occur.
    private static func f1s(_ table: ClassTable) -> [(value: Double, sum: Double)] {
        (0..<table.classes).map { index in
            let sum = table.labelled[index].sum + table.decided[index].sum
            return sum > 0 ? (2 * table.right[index].sum / sum, sum) : (0, .infinity)
        }
    }

    private static func f1Macro(_ table: ClassTable) -> Slopes? {
        let f1s = f1s(table)
        let count = Double(f1s.count { $0.sum < .infinity })
        return Slopes(value: f1s.reduce(0) { $0 + $1.value } / count) { label, decision in
            let gain = label == decision ? 2 / f1s[label].sum : 0
            return (gain - f1s[label].value / f1s[label].sum - f1s[decision].value / f1s[decision].sum) / count
        }
    }

    private static func f1Weighted(_ table: ClassTable) -> Slopes? {
        let f1s = f1s(table)
        let all = table.all.sum
        let value = zip(f1s, table.labelled).reduce(0) { $0 + $1.0.value * $1.1.sum / all }
        /// How the F1 of a class falls with each row of its label, or its decision, weighted as the class is.
        let falls = zip(f1s, table.labelled).map { $1.sum / all * $0.value / $0.sum }
        return Slopes(value: value) { label, decision in
            let gain = label == decision ? table.labelled[label].sum / all * 2 / f1s[label].sum : 0
            return (f1s[label].value - value) / all + gain - falls[label] - falls[decision]
        }
    }

    /// Σ over classes of label share times decision share, in weights: what chance agrees on.
    private static func byChance(_ table: ClassTable) -> Double {
        zip(table.labelled, table.decided).reduce(0) { $0 + $1.0.sum * $1.1.sum }
    }

    private static func kappa(_ table: ClassTable) -> Slopes? {
        let all = table.all.sum
        let right = table.right.reduce(0) { $0 + $1.sum }
        let chance = byChance(table)
        let room = all * all - chance
        guard room > 1e-14 * all * all else { return nil }
        let value = (all * right - chance) / room
        return Slopes(value: value) { label, decision in
            let chanceSlope = table.decided[label].sum + table.labelled[decision].sum
            return (right + (label == decision ? all : 0) - chanceSlope - value * (2 * all - chanceSlope)) / room
        }
    }

    private static func mcc(_ table: ClassTable) -> Slopes? {
        let all = table.all.sum
        let right = table.right.reduce(0) { $0 + $1.sum }
        let ofLabels = table.labelled.reduce(all * all) { $0 - $1.sum * $1.sum }
        let ofDecisions = table.decided.reduce(all * all) { $0 - $1.sum * $1.sum }
        // One class only, among the labels or among the decisions.
        guard ofLabels > 1e-14 * all * all, ofDecisions > 1e-14 * all * all else { return nil }
        let root = ofLabels.squareRoot() * ofDecisions.squareRoot()
        let value = max(-1, min(1, (all * right - byChance(table)) / root))
        return Slopes(value: value) { label, decision in
            let rise = right + (label == decision ? all : 0) - table.decided[label].sum - table.labelled[decision].sum
            let spread = (all - table.labelled[label].sum) / ofLabels + (all - table.decided[decision].sum) / ofDecisions
            return rise / root - value * spread
        }
    }
}
