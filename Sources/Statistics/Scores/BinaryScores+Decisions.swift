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

    // A rate over nothing is nil, never 0: an empty denominator is no evidence.
    package var selectionRate: Double? { share(selected, count) }
    package var truePositiveRate: Double? { share(truePositives, positives) }
    package var falsePositiveRate: Double? { share(falsePositives, negatives) }

    private func share(_ part: Int, _ whole: Int) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }
}

/// Metrics of the decisions that a threshold makes.
extension BinaryScores {
    /// F1 = 2TP/(selected + positives), each row counted with its weight as often as `drawn` says (once when nil). Nil where
    /// nothing is positive and nothing selected.
    func f1(drawn: [UInt8]? = nil) -> Double? {
        var hits = 0.0
        var involved = 0.0
        for row in labels.indices {
            let isSelected = scores[row] >= decisionThreshold
            guard labels[row] == 1 || isSelected else { continue }
            let weight = weight(of: row, drawn: drawn)
            let isHit = labels[row] == 1 && isSelected
            hits += isHit ? weight : 0
            involved += isHit ? 2 * weight : weight
        }
        return involved > 0 ? min(1, 2 * hits / involved) : nil
    }

    /// Rows by label and decision, with their weights.
    package func decisionTable() -> DecisionTable {
        let cells = countCells(of: 1, rows: count) { row in 2 * Int(labels[row]) + (scores[row] >= decisionThreshold ? 1 : 0) }
        return DecisionTable(cells: cells[...])
    }

    /// A table per group, in the order of the codes 0 ..< `groups`; -1 is no group. Nil when there is not one code per row or
    /// a code is out of range.
    package func decisionTables(byGroup codes: [Int32], groups: Int) -> [DecisionTable]? {
        if weights == nil { return confusions(byGroup: codes, groups: groups)?.map(DecisionTable.init) }
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
