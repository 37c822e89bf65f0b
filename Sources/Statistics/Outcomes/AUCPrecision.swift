import Glibc

/// How many rows an AUC needs.
package enum AUCPrecision {
    /// The standard error of an AUC with exponential scores in both classes (Hanley and McNeil, 1982).
    package static func standardError(auc: Double, positives: Double, negatives: Double) -> Double {
        let first = auc / (2 - auc)
        let second = 2 * auc * auc / (1 + auc)
        let square = auc * auc
        let variance = auc * (1 - auc) + (positives - 1) * (first - square) + (negatives - 1) * (second - square)
        return (max(0, variance) / (positives * negatives)).squareRoot()
    }

    /// Least positives, with their negatives at `positiveRate`, for an interval of ± `halfWidth`. Nil unless all three lie
    /// strictly between 0 and 1, or beyond `ComparisonDesign.rowsPerArmMax`.
    package static func rows(auc: Double, halfWidth: Double, positiveRate: Double, alpha: Double = 1 - Interval.level)
        -> (positives: Int, negatives: Int)?
    {
        guard [auc, halfWidth, positiveRate, alpha].allSatisfy({ $0 > 0 && $0 < 1 }) else { return nil }
        let odds = (1 - positiveRate) / positiveRate
        let multiplier = -Normal.quantile(alpha / 2)
        func isEnough(_ positives: Double) -> Bool {
            multiplier * standardError(auc: auc, positives: positives, negatives: positives * odds) <= halfWidth
        }
        var (low, high) = (0.0, 2.0)
        while !isEnough(high) {
            low = high
            high *= 2
            guard high * max(1, odds) <= ComparisonDesign.rowsPerArmMax else { return nil }
        }
        while high - low > 1 {
            let middle = ((low + high) / 2).rounded(.down)
            if isEnough(middle) { high = middle } else { low = middle }
        }
        return (Int(high), ComparisonDesign.roundedUp(high * odds))
    }

    /// The chance that a paired comparison on `rows` rows rejects a difference of −`margin` when the true one is `difference`.
    package static func pairedPower(
        pilotStandardError: Double, pilotRows: Int, margin: Double, difference: Double, design: ComparisonDesign, rows: Double
    ) -> Double {
        let error = pilotStandardError * (Double(pilotRows) / rows).squareRoot()
        return Normal.cdf((difference + margin) / error - design.zAlpha)
    }

    /// Rows for a paired comparison of two models to reject a difference of −`margin` when the true one is `difference`, from
    /// a pilot on the same kind of rows: the standard error shrinks with the root of the rows. Nil when the true difference is
    /// not above −`margin`, or with too many rows.
    package static func pairedRows(
        pilotStandardError: Double, pilotRows: Int, margin: Double, difference: Double, design: ComparisonDesign
    ) -> Int? {
        let distance = difference + margin
        guard pilotStandardError > 0, pilotRows > 0, distance > 0, distance.isFinite else { return nil }
        let root = pilotStandardError * (design.zAlpha + design.zPower) / distance
        let rows = Double(pilotRows) * root * root
        guard rows <= ComparisonDesign.rowsPerArmMax else { return nil }
        return ComparisonDesign.roundedUp(rows)
    }
}
