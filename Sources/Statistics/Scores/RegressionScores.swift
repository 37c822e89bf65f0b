/// One model's answers on rows labelled with numbers.
package struct RegressionScores: Sendable {
    let labels: [Double]
    let answers: [Double]
    /// Nil: every row counts 1.
    package let weights: RowWeights?

    package var count: Int { labels.count }

    /// Fails when there are no rows, when the counts differ, on NaN or infinite labels or answers, or when the
    /// weights are not `RowWeights`.
    package init(labels: [Double], answers: [Double], weights: [Double]? = nil) throws(ScoreDefect) {
        guard labels.count == answers.count else { throw .rowCounts(labels: labels.count, answers: answers.count) }
        guard !labels.isEmpty else { throw .noRows }
        if let (count, row) = BinaryScores.offenders(labels, where: { !$0.isFinite }) {
            throw .labels(count: count, firstRow: row, expected: "a finite number")
        }
        if let (count, row) = BinaryScores.offenders(answers, where: { !$0.isFinite }) {
            throw .notFinite(count: count, firstRow: row)
        }
        self.weights = try RowWeights.checked(weights, rows: labels.count)
        self.labels = labels
        self.answers = answers
    }

    func absoluteError(row: Int) -> Double { abs(answers[row] - labels[row]) }

    func squaredError(row: Int) -> Double {
        let error = answers[row] - labels[row]
        return error * error
    }

    /// √ of the mean squared error, in the label's unit.
    func rootMeanSquaredError(drawn: [UInt8]?) -> Double? {
        RowMean.of(rows: count, weights: weights, drawn: drawn, squaredError)?.squareRoot()
    }

    /// 1 − Σ(y − ŷ)² / Σ(y − ȳ)². Nil when the label does not vary.
    func rSquared(drawn: [UInt8]?) -> Double? {
        guard let mean = RowMean.of(rows: count, weights: weights, drawn: drawn, { labels[$0] }),
            let error = RowMean.of(rows: count, weights: weights, drawn: drawn, squaredError),
            let spread = RowMean.of(rows: count, weights: weights, drawn: drawn, { (labels[$0] - mean) * (labels[$0] - mean) }),
            spread > 0
        else { return nil }
        return 1 - error / spread
    }
}

/// Means of row values, each row counted with its weight as often as it was drawn.
enum RowMean {
    /// Nil without rows that count.
    static func of(rows: Int, weights: RowWeights? = nil, drawn: [UInt8]?, _ rowValue: (Int) -> Double) -> Double? {
        var sum = 0.0
        var count = 0.0
        for row in 0..<rows {
            let weight = RowWeights.weight(of: row, weights, drawn: drawn)
            guard weight > 0 else { continue }
            sum += weight * rowValue(row)
            count += weight
        }
        return count == 0 ? nil : sum / count
    }
}
