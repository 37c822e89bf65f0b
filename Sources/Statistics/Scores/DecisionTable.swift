/// Rows by label and decision, with the weights they carry.
///
/// Weighted rows count as often as their weight says in every share; the rows that stand behind a share are its effective
/// number (Σw)²/Σw² (Kish, 1965), which is the number of rows when all weights are equal.
package struct DecisionTable: Sendable, Equatable {
    /// In the order true negatives, false positives, false negatives, true positives: label × 2 + decision.
    let cells: [WeightTotals]

    package var trueNegatives: WeightTotals { cells[0] }
    package var falsePositives: WeightTotals { cells[1] }
    package var falseNegatives: WeightTotals { cells[2] }
    package var truePositives: WeightTotals { cells[3] }

    package init(
        trueNegatives: WeightTotals, falsePositives: WeightTotals, falseNegatives: WeightTotals, truePositives: WeightTotals
    ) {
        cells = [trueNegatives, falsePositives, falseNegatives, truePositives]
    }

    /// Rows that count 1 each.
    init(_ counts: ConfusionCounts) {
        self.init(
            trueNegatives: WeightTotals(rows: counts.trueNegatives), falsePositives: WeightTotals(rows: counts.falsePositives),
            falseNegatives: WeightTotals(rows: counts.falseNegatives), truePositives: WeightTotals(rows: counts.truePositives))
    }

    /// `cells` in the order of the stored ones.
    init(cells: ArraySlice<WeightTotals>) {
        precondition(cells.count == 4, "a table of decisions has four cells")
        self.cells = Array(cells)
    }

    package var positives: WeightTotals { truePositives + falseNegatives }
    package var negatives: WeightTotals { trueNegatives + falsePositives }
    package var selected: WeightTotals { truePositives + falsePositives }
    package var rejected: WeightTotals { trueNegatives + falseNegatives }
    package var right: WeightTotals { truePositives + trueNegatives }
    package var all: WeightTotals { positives + negatives }

    static let nothing = DecisionTable(cells: [WeightTotals](repeating: WeightTotals(), count: 4)[...])

    /// The rows that are not in `part`, which must be some of these.
    func without(_ part: DecisionTable) -> DecisionTable {
        DecisionTable(cells: zip(cells, part.cells).map { $0 - $1 }[...])
    }

    package static func + (one: DecisionTable, other: DecisionTable) -> DecisionTable {
        DecisionTable(cells: zip(one.cells, other.cells).map { $0 + $1 }[...])
    }
}

/// The share that a part has of a whole, and how many rows it rests on.
package struct Share: Sendable, Equatable {
    package let part: Double
    package let whole: Double
    package let effectiveRows: Double

    init(_ part: WeightTotals, of whole: WeightTotals) {
        self.part = part.sum
        self.whole = whole.sum
        effectiveRows = whole.effectiveRows
    }

    /// Nil over nothing, never 0: an empty denominator is no evidence.
    package var value: Double? { whole > 0 ? min(1, part / whole) : nil }

    /// Wilson's score interval (1927) with the effective number of rows in place of the number of trials.
    package var interval: Interval? {
        guard let value, effectiveRows > 0 else { return nil }
        return Proportion.wilson(share: value, effectiveTrials: effectiveRows)
    }

    package var estimate: Estimate { Estimate(value: value, interval: interval, method: .wilson) }
}
