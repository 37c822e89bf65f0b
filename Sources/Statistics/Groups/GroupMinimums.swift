/// How many rows a group must have before it is judged. A number over fewer is still shown: with its interval, and marked.
package struct GroupMinimums: Sendable, Equatable {
    package let rows: Int
    /// Of each class, for anything that ranks; of the class that a rate is over.
    package let classRows: Int

    package init(rows: Int = 30, classRows: Int = DeLong.classRowsMin) {
        self.rows = rows
        self.classRows = classRows
    }

    /// Why the group's ranking is not judged; nil when it is. Weighted rows count as their effective number, so that one row
    /// with nearly all the weight is no crowd.
    package func reasonAgainst(ranking table: DecisionTable) -> Undefined? {
        if table.all.rows == 0 { return .empty }
        if isTooFew(table.all, rows) { return .tooSmall }
        if table.positives.rows == 0 || table.negatives.rows == 0 { return .singleClass }
        if isTooFew(table.positives, classRows) || isTooFew(table.negatives, classRows) { return .tooFewOfAClass }
        return nil
    }

    /// Why the group's selection rate, true positive rate or false positive rate is not judged; nil when it is.
    package func reasonAgainst(_ rate: DecisionMetric, in table: DecisionTable) -> Undefined? {
        if table.all.rows == 0 { return .empty }
        if isTooFew(table.all, rows) { return .tooSmall }
        switch rate {
        case .recall: return reasonAgainst(table.positives, .noPositives)
        case .falsePositiveRate, .specificity: return reasonAgainst(table.negatives, .noNegatives)
        case .precision: return reasonAgainst(table.selected, .nothingSelected)
        case .negativePredictiveValue: return reasonAgainst(table.rejected, .nothingRejected)
        case .accuracy, .selectionRate, .baseRate: return nil
        case .balancedAccuracy, .f1, .mcc, .kappa: return reasonAgainst(ranking: table)
        }
    }

    private func reasonAgainst(_ whole: WeightTotals, _ none: Undefined) -> Undefined? {
        if whole.rows == 0 { return none }
        return isTooFew(whole, classRows) ? .tooFewOfAClass : nil
    }

    private func isTooFew(_ cell: WeightTotals, _ least: Int) -> Bool {
        cell.rows < least || cell.effectiveRows < Double(least) * (1 - 1e-9)
    }
}
