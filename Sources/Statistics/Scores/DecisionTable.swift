/// Rows by label and decision, with the weights they carry.
///
/// Weighted rows count as often as their weight says in every share; the rows that stand behind a share are its effective
/// number (Σw)²/Σw² (Kish, 1965), which is the number of rows when all weights are equal.
package struct DecisionTable: Sendable, Equatable {
    package struct Cell: Sendable, Equatable {
        package var rows = 0
        package var weight = 0.0
        /// Σ of the squared weights.
        var squares = 0.0

        package init() {}

        /// `rows` rows of weight 1.
        package init(rows: Int) {
            self.rows = rows
            weight = Double(rows)
            squares = Double(rows)
        }

        /// A row that weighs nothing is not counted.
        mutating func add(_ weight: Double) {
            guard weight > 0 else { return }
            rows &+= 1
            self.weight += weight
            squares += weight * weight
        }

        static func + (one: Cell, other: Cell) -> Cell {
            var sum = one
            sum.rows += other.rows
            sum.weight += other.weight
            sum.squares += other.squares
            return sum
        }

        /// 0 without weight.
        var effectiveRows: Double { squares > 0 ? weight / squares * weight : 0 }
    }

    /// In the order true negatives, false positives, false negatives, true positives: label × 2 + decision.
    let cells: [Cell]

    package var trueNegatives: Cell { cells[0] }
    package var falsePositives: Cell { cells[1] }
    package var falseNegatives: Cell { cells[2] }
    package var truePositives: Cell { cells[3] }

    package init(trueNegatives: Cell, falsePositives: Cell, falseNegatives: Cell, truePositives: Cell) {
        cells = [trueNegatives, falsePositives, falseNegatives, truePositives]
    }

    /// `cells` in the order of the stored ones.
    init(cells: ArraySlice<Cell>) {
        precondition(cells.count == 4, "a table of decisions has four cells")
        self.cells = Array(cells)
    }

    package var positives: Cell { truePositives + falseNegatives }
    package var negatives: Cell { trueNegatives + falsePositives }
    package var selected: Cell { truePositives + falsePositives }
    package var rejected: Cell { trueNegatives + falseNegatives }
    package var right: Cell { truePositives + trueNegatives }
    package var all: Cell { positives + negatives }

    package static func + (one: DecisionTable, other: DecisionTable) -> DecisionTable {
        DecisionTable(cells: zip(one.cells, other.cells).map { $0 + $1 }[...])
    }
}

/// The share that a part has of a whole, and how many rows it rests on.
package struct Share: Sendable, Equatable {
    package let part: Double
    package let whole: Double
    package let effectiveRows: Double

    init(_ part: DecisionTable.Cell, of whole: DecisionTable.Cell) {
        self.part = part.weight
        self.whole = whole.weight
        effectiveRows = whole.effectiveRows
    }

    /// Nil over nothing, never 0: an empty denominator is no evidence.
    package var value: Double? { whole > 0 ? min(1, part / whole) : nil }

    /// Wilson's score interval (1927) with the effective number of rows in place of the number of trials.
    package var interval: Interval? {
        guard let value, effectiveRows > 0 else { return nil }
        let square = Interval.z * Interval.z
        let centre = (value + square / (2 * effectiveRows)) / (1 + square / effectiveRows)
        let spread = value * (1 - value) / effectiveRows + square / (4 * effectiveRows * effectiveRows)
        let half = Interval.z / (1 + square / effectiveRows) * spread.squareRoot()
        // At the ends the exact bound is the share itself; rounding must not move it inwards.
        return Interval(lower: value == 0 ? 0 : max(0, centre - half), upper: value == 1 ? 1 : min(1, centre + half))
    }

    package var estimate: Estimate { Estimate(value: value, interval: interval, method: .wilson) }
}
