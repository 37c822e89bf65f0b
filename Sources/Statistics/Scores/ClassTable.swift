/// Rows of several classes by label and decision, with the weights they carry.
package struct ClassTable: Sendable, Equatable {
    package let classes: Int
    /// Label by label, the decisions in order.
    private let cells: [WeightTotals]
    /// By label, by decision, and where the two agree.
    package let labelled: [WeightTotals]
    package let decided: [WeightTotals]
    package let right: [WeightTotals]
    package let all: WeightTotals

    init(classes: Int, cells: [WeightTotals]) {
        precondition(cells.count == classes * classes, "a table of classes is square")
        self.classes = classes
        self.cells = cells
        var labelled = [WeightTotals](repeating: WeightTotals(), count: classes)
        var decided = labelled
        for label in 0..<classes {
            for decision in 0..<classes {
                let cell = cells[label * classes + decision]
                labelled[label] = labelled[label] + cell
                decided[decision] = decided[decision] + cell
            }
        }
        self.labelled = labelled
        self.decided = decided
        right = (0..<classes).map { cells[$0 * classes + $0] }
        all = labelled.reduce(WeightTotals(), +)
    }

    package subscript(label: Int, decision: Int) -> WeightTotals { cells[label * classes + decision] }

    /// One class against the rest.
    package func against(rest label: Int) -> DecisionTable {
        let missed = labelled[label] - right[label]
        let wrongly = decided[label] - right[label]
        return DecisionTable(
            trueNegatives: all - labelled[label] - wrongly, falsePositives: wrongly, falseNegatives: missed,
            truePositives: right[label])
    }
}

extension MulticlassScores {
    package func classTable() -> ClassTable {
        var cells = [WeightTotals](repeating: WeightTotals(), count: classes * classes)
        if let weights = weights?.values {
            for row in labels.indices { cells[Int(labels[row]) * classes + Int(decisions[row])].add(weights[row]) }
        } else {
            var counts = [Int](repeating: 0, count: cells.count)
            for row in labels.indices { counts[Int(labels[row]) * classes + Int(decisions[row])] += 1 }
            cells = counts.map { WeightTotals(rows: $0) }
        }
        return ClassTable(classes: classes, cells: cells)
    }
}
