/// One model's answers on rows labelled with numbers.
package struct RegressionScores: Sendable {
    let labels: [Double]
    let answers: [Double]

    package var count: Int { labels.count }

    /// Fails when there are no rows, when the counts differ, or on NaN or infinite labels or answers.
    package init(labels: [Double], answers: [Double]) throws(ScoreDefect) {
        guard labels.count == answers.count else { throw .rowCounts(labels: labels.count, answers: answers.count) }
        guard !labels.isEmpty else { throw .noRows }
        if let (count, row) = BinaryScores.offenders(labels, where: { !$0.isFinite }) {
            throw .labels(count: count, firstRow: row, expected: "a finite number")
        }
        if let (count, row) = BinaryScores.offenders(answers, where: { !$0.isFinite }) {
            throw .notFinite(count: count, firstRow: row)
        }
        self.labels = labels
        self.answers = answers
    }

    func absoluteError(row: Int) -> Double { abs(answers[row] - labels[row]) }

    func squaredError(row: Int) -> Double {
        let error = answers[row] - labels[row]
        return error * error
    }

    /// √ of the mean squared error, in the label's unit.
    func rootMeanSquaredError(weights: [UInt32]?) -> Double? {
        RowMean.of(rows: count, weights: weights, squaredError)?.squareRoot()
    }

    /// 1 − Σ(y − ŷ)² / Σ(y − ȳ)². Nil when the label does not vary.
    func rSquared(weights: [UInt32]?) -> Double? {
        guard let mean = RowMean.of(rows: count, weights: weights, { labels[$0] }),
            let error = RowMean.of(rows: count, weights: weights, squaredError),
            let spread = RowMean.of(rows: count, weights: weights, { (labels[$0] - mean) * (labels[$0] - mean) }), spread > 0
        else { return nil }
        return 1 - error / spread
    }
}

/// Means of row values, each row counted as often as it was drawn.
enum RowMean {
    /// Nil without rows.
    static func of(rows: Int, weights: [UInt32]?, _ rowValue: (Int) -> Double) -> Double? {
        var sum = 0.0
        var count = 0.0
        for row in 0..<rows {
            guard let weights else {
                sum += rowValue(row)
                count += 1
                continue
            }
            guard weights[row] > 0 else { continue }
            sum += Double(weights[row]) * rowValue(row)
            count += Double(weights[row])
        }
        return count == 0 ? nil : sum / count
    }
}
