/// Rows by label and decision.
package struct ConfusionCounts: Sendable, Equatable {
    package var truePositives = 0
    package var falsePositives = 0
    package var trueNegatives = 0
    package var falseNegatives = 0

    package init() {}

    package var count: Int { truePositives + falsePositives + trueNegatives + falseNegatives }
    package var positives: Int { truePositives + falseNegatives }
    package var negatives: Int { falsePositives + trueNegatives }
    package var selected: Int { truePositives + falsePositives }
    package var right: Int { truePositives + trueNegatives }

    // A rate over nothing is nil, never 0: an empty denominator is no evidence.
    package var accuracy: Double? { share(right, count) }
    package var selectionRate: Double? { share(selected, count) }
    package var truePositiveRate: Double? { share(truePositives, positives) }
    package var falsePositiveRate: Double? { share(falsePositives, negatives) }
    package var precision: Double? { share(truePositives, selected) }
    package var f1: Double? { share(2 * truePositives, selected + positives) }

    private func share(_ part: Int, _ whole: Int) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }
}

/// Metrics of the decisions that a threshold makes.
extension BinaryScores {
    /// Counts by label and decision; a score at or above `threshold` (the decision threshold unless given) is selected.
    /// Rows count 1 each, or as often as `drawn` says; weights take no part.
    package func confusion(threshold: Double? = nil, drawn: [UInt8]? = nil) -> ConfusionCounts {
        let threshold = threshold ?? decisionThreshold
        var cells = (0, 0, 0, 0)
        for row in labels.indices {
            let times = drawn.map { Int($0[row]) } ?? 1
            switch (labels[row] == 1, scores[row] >= threshold) {
            case (true, true): cells.0 &+= times
            case (false, true): cells.1 &+= times
            case (false, false): cells.2 &+= times
            case (true, false): cells.3 &+= times
            }
        }
        var counts = ConfusionCounts()
        (counts.truePositives, counts.falsePositives, counts.trueNegatives, counts.falseNegatives) = cells
        return counts
    }
}

extension BinaryScores {
    /// Rows by label and decision, with their weights.
    package func decisionTable() -> DecisionTable {
        let cells = countCells(of: 1, rows: count) { row in 2 * Int(labels[row]) + (scores[row] >= decisionThreshold ? 1 : 0) }
        return DecisionTable(cells: cells[...])
    }

    /// A table per group, in the order of the codes 0 ..< `groups`; -1 is no group. Nil when there is not one code per row or
    /// a code is out of range.
    package func decisionTables(byGroup codes: [Int32], groups: Int) -> [DecisionTable]? {
        guard codes.count == count, codes.allSatisfy({ $0 >= -1 && Int($0) < groups }) else { return nil }
        // The last table takes the rows of no group.
        let cells = countCells(of: groups + 1, rows: count) { row in
            let group = codes[row] < 0 ? groups : Int(codes[row])
            return 4 * group + 2 * Int(labels[row]) + (scores[row] >= decisionThreshold ? 1 : 0)
        }
        return (0..<groups).map { DecisionTable(cells: cells[4 * $0..<4 * $0 + 4]) }
    }

    /// Adds every row to the cell of its number.
    @inline(__always)
    func countCells(of tables: Int, rows: Int, _ cell: (Int) -> Int) -> [WeightTotals] {
        guard let weights = weights?.values else {
            var counts = [Int](repeating: 0, count: 4 * tables)
            for row in 0..<rows { counts[cell(row)] &+= 1 }
            return counts.map { WeightTotals(rows: $0) }
        }
        var cells = [WeightTotals](repeating: WeightTotals(), count: 4 * tables)
        for row in 0..<rows { cells[cell(row)].add(weights[row]) }
        return cells
    }
}
