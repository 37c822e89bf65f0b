import Glibc

/// One model's class probabilities on rows labelled 0, 1, …, classes − 1.
package struct MulticlassScores: Sendable {
    let labels: [Int32]
    let answers: ScoreMatrix
    /// The class with the highest score; of equals the first.
    let decisions: [Int32]
    /// Nil: every row counts 1.
    package let weights: RowWeights?
    /// Each class against the rest, sorted; empty unless asked for.
    let rankings: [BinaryScores]
    /// Set when some row does not hold probabilities that sum to 1.
    package let probabilityDefect: ScoreDefect?

    package var count: Int { labels.count }
    package var classes: Int { answers.outputs }

    /// `ranked` sorts the rows once per class, which metrics of the ranking need.
    ///
    /// Fails when there are no rows, when the counts differ, when a label is not a class, or on NaN or infinite scores, or when
    /// the weights are not `RowWeights`.
    package init(
        labels: [Double], answers: ScoreMatrix, weights: [Double]? = nil, ranked: Bool
    ) throws(ScoreDefect) {
        let classes = answers.outputs
        guard labels.count == answers.rows else { throw .rowCounts(labels: labels.count, answers: answers.rows) }
        guard !labels.isEmpty else { throw .noRows }
        guard labels.count <= BinaryScores.rowsMax else { throw .tooManyRows(labels.count, rowsMax: BinaryScores.rowsMax) }
        let isClass = { (label: Double) in label >= 0 && label < Double(classes) && label == label.rounded() }
        if let (count, row) = BinaryScores.offenders(labels, where: { !isClass($0) }) {
            throw .labels(count: count, firstRow: row, expected: "a class from 0 to \(classes - 1)")
        }
        if let (count, place) = BinaryScores.offenders(answers.values, where: { !$0.isFinite }) {
            throw .notFinite(count: count, firstRow: (place - 1) / classes + 1)
        }
        let classOfRow = labels.map { Int32($0) }
        let rowWeights = try RowWeights.checked(weights, rows: labels.count)
        self.weights = rowWeights
        self.labels = classOfRow
        self.answers = answers
        let values = answers.values
        rankings = (0..<(ranked ? classes : 0)).map { output in
            BinaryScores(
                checkedLabels: classOfRow.map { Int($0) == output ? 1 : 0 },
                scores: classOfRow.indices.map { values[$0 * classes + output] }, weights: rowWeights, decisionThreshold: 0.5,
                probabilityDefect: nil)
        }
        decisions = (0..<labels.count).map { row in
            var best = 0
            for output in 1..<max(classes, 1) where values[row * classes + output] > values[row * classes + best] {
                best = output
            }
            return Int32(best)
        }
        // The tolerance of Float32 probabilities over many classes.
        let sums = (0..<labels.count).map { row in
            (0..<classes).reduce(0.0) { sum, output in
                let value = values[row * classes + output]
                return value < 0 || value > 1 ? .infinity : sum + value
            }
        }
        probabilityDefect = BinaryScores.offenders(sums, where: { !(abs($0 - 1) <= 1e-4) })
            .map { .notProbabilities(count: $0.count, firstRow: $0.firstRow) }
    }

    func isRight(row: Int) -> Double { labels[row] == decisions[row] ? 1 : 0 }

    func logLoss(row: Int) -> Double {
        let probability = answers.values[row * classes + Int(labels[row])]
        return -log(min(max(probability, BinaryScores.clip), 1 - BinaryScores.clip))
    }

    /// Mean F1 over the classes that occur among labels or decisions.
    func macroF1(drawn: [UInt8]?) -> Double? {
        var right = [Double](repeating: 0, count: classes)
        var involved = right
        for row in labels.indices {
            let weight = RowWeights.weight(of: row, weights, drawn: drawn)
            let (label, decision) = (Int(labels[row]), Int(decisions[row]))
            involved[label] += weight
            involved[decision] += weight
            if label == decision { right[label] += weight }
        }
        let values = zip(right, involved).filter { $1 > 0 }.map { 2 * $0 / $1 }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// Mean over classes of one-versus-rest AUC. Nil unless every class occurs, and unless made `ranked`.
    func macroAUC(drawn: [UInt8]?) -> Double? {
        guard !rankings.isEmpty else { return nil }
        var sum = 0.0
        for ranking in rankings {
            guard let auc = ranking.auc(drawn: drawn) else { return nil }
            sum += auc
        }
        return sum / Double(rankings.count)
    }
}
