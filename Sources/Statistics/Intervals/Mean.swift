/// A mean over rows and its standard error.
package struct Mean: Sendable {
    package let value: Double
    private let totals: WeightTotals
    /// Σw²(x − mean)².
    private let squares: Double

    /// Rows that count.
    package var count: Int { totals.rows }
    /// Of Student's distribution: the effective rows less one.
    package var degreesOfFreedom: Double { totals.effectiveRows - 1 }

    /// Two passes over `rowValue`: first the mean, then distances from it, so that values far from 0 lose no digits.
    package init(rows: Int, weights: RowWeights? = nil, _ rowValue: (Int) -> Double) {
        var totals = weights == nil ? WeightTotals(rows: rows) : WeightTotals()
        weights?.values.forEach { totals.add($0) }
        // A running mean: a plain sum would overflow before the values do.
        var mean = 0.0
        var seen = 0.0
        for row in 0..<rows {
            let weight = weights?.values[row] ?? 1
            guard weight > 0 else { continue }
            seen += weight
            mean += (rowValue(row) - mean) * (weight / seen)
        }
        var squares = 0.0
        for row in 0..<rows {
            let distance = (weights?.values[row] ?? 1) * (rowValue(row) - mean)
            squares += distance * distance
        }
        self.totals = totals
        self.squares = squares
        value = mean
    }

    /// √ of Σw²(x − mean)²/((Σw)² − Σw²), s/√n without weights. Nil below two rows.
    package var standardError: Double? { totals.varianceOfMean(squares)?.squareRoot() }

    /// Student's interval. Nil below two rows.
    package var interval: Interval? {
        guard let standardError else { return nil }
        let half = StudentT.quantile(1 - Interval.tail, degreesOfFreedom: degreesOfFreedom) * standardError
        return Interval(lower: value - half, upper: value + half)
    }
}
