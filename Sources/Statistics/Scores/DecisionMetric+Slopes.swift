/// A metric of a table, and how it moves with the weight of each cell.
struct DecisionSlopes {
    let value: Double
    /// ∂metric/∂weight of a cell, in the order of the cells. Σ slope × weight is 0: doubling every row changes nothing.
    let slopes: [Double]

    /// The delta method: a row of weight w in cell c moves the metric by w × slope, so that the variance is Σ w² slope².
    func variance(_ table: DecisionTable) -> Double {
        zip(slopes, table.cells).reduce(0) { $0 + $1.1.squares * $1.0 * $1.0 }
    }
}

extension DecisionMetric {
    /// Nil where the metric is undefined.
    func slopes(_ table: DecisionTable) -> DecisionSlopes? {
        switch self {
        case .accuracy: Self.share([true, false, false, true], of: [true, true, true, true], table)
        case .precision: Self.share([false, false, false, true], of: [false, true, false, true], table)
        case .recall: Self.share([false, false, false, true], of: [false, false, true, true], table)
        case .falsePositiveRate: Self.share([false, true, false, false], of: [true, true, false, false], table)
        case .specificity: Self.share([true, false, false, false], of: [true, true, false, false], table)
        case .negativePredictiveValue: Self.share([true, false, false, false], of: [true, false, true, false], table)
        case .selectionRate: Self.share([false, true, false, true], of: [true, true, true, true], table)
        case .baseRate: Self.share([false, false, true, true], of: [true, true, true, true], table)
        case .balancedAccuracy: Self.balancedAccuracy(table)
        case .f1: Self.f1(table)
        case .mcc: Self.mcc(table)
        case .kappa: Self.kappa(table)
        }
    }

    private static func share(_ part: [Bool], of whole: [Bool], _ table: DecisionTable) -> DecisionSlopes? {
        var (a, b) = (0.0, 0.0)
        for (index, cell) in table.cells.enumerated() {
            if part[index] { a += cell.sum }
            if whole[index] { b += cell.sum }
        }
        guard b > 0 else { return nil }
        let value = min(1, a / b)
        return DecisionSlopes(
            value: value, slopes: (0..<4).map { ((part[$0] ? 1 : 0) - (whole[$0] ? value : 0)) / b })
    }

    private static func balancedAccuracy(_ table: DecisionTable) -> DecisionSlopes? {
        guard let recall = DecisionMetric.recall.slopes(table), let other = DecisionMetric.specificity.slopes(table) else {
            return nil
        }
        return DecisionSlopes(
            value: (recall.value + other.value) / 2, slopes: zip(recall.slopes, other.slopes).map { ($0 + $1) / 2 })
    }

    private static func f1(_ table: DecisionTable) -> DecisionSlopes? {
        let sum = table.selected.sum + table.positives.sum
        guard sum > 0 else { return nil }
        let value = 2 * table.truePositives.sum / sum
        return DecisionSlopes(value: value, slopes: [0, -value / sum, -value / sum, (2 - 2 * value) / sum])
    }

    private static func mcc(_ table: DecisionTable) -> DecisionSlopes? {
        let (p, n) = (table.positives.sum, table.negatives.sum)
        let (s, r) = (table.selected.sum, table.rejected.sum)
        guard p > 0, n > 0, s > 0, r > 0 else { return nil }
        let (tn, fp, fn, tp) = (
            table.trueNegatives.sum, table.falsePositives.sum, table.falseNegatives.sum, table.truePositives.sum
        )
        // The root of each factor on its own: the product of four large weights could overflow.
        let root = p.squareRoot() * n.squareRoot() * s.squareRoot() * r.squareRoot()
        let value = max(-1, min(1, tp / root * tn - fp / root * fn))
        func slope(_ other: Double, _ marginal: Double, _ decided: Double) -> Double {
            other / root - value / 2 * (1 / marginal + 1 / decided)
        }
        return DecisionSlopes(value: value, slopes: [slope(tp, n, r), slope(-fn, n, s), slope(-fp, p, r), slope(tn, p, s)])
    }

    private static func kappa(_ table: DecisionTable) -> DecisionSlopes? {
        let (p, n) = (table.positives.sum, table.negatives.sum)
        let (s, r) = (table.selected.sum, table.rejected.sum)
        let all = p + n
        let agreed = table.right.sum
        // What chance leaves open, all² − (ps + nr), written without the subtraction.
        let room = p * r + n * s
        // Everybody in one class and decided so: agreement by chance is certain.
        guard room > 0 else { return nil }
        let value = (all * agreed - p * s - n * r) / room
        func slope(_ isRight: Bool, _ expectedSlope: Double) -> Double {
            (agreed + (isRight ? all : 0) - expectedSlope - value * (2 * all - expectedSlope)) / room
        }
        return DecisionSlopes(
            value: value, slopes: [slope(true, r + n), slope(false, r + p), slope(false, s + n), slope(true, s + p)])
    }
}
