/// One model's scores on rows labelled 0 or 1, sorted once.
///
/// The order is shared by everything that ranks: AUC, average precision, Kolmogorov–Smirnov, DeLong, resampling, groups.
package struct BinaryScores: Sendable {
    /// Row numbers are kept in 32 bits; memory, not this number, ends first.
    package static let rowsMax = 1 << 30

    /// In row order, 1 for positive.
    let labels: [UInt8]
    let scores: [Double]
    /// Nil: every row counts 1.
    package let weights: RowWeights?
    /// Rows from the lowest score to the highest.
    let order: [UInt32]
    /// Labels and scores along `order`, so that passes over the ranking read memory in sequence.
    let sortedLabels: [UInt8]
    let sortedScores: [Double]

    package let positives: Int
    /// What counts for each class; rows of weight 0 do not.
    let totals: ClassTotals
    /// A score at or above it is a positive decision.
    package let decisionThreshold: Double
    /// Set when some scores lie outside 0…1: metrics of probabilities are then undefined.
    package let probabilityDefect: ScoreDefect?

    package var count: Int { labels.count }
    package var negatives: Int { count - positives }
    /// Whether rows that count are there on both sides.
    package var hasBothClasses: Bool { totals.positive.rows > 0 && totals.negative.rows > 0 }

    /// Fails when there are no rows or too many, when the counts differ, when a label is not 0 or 1, when a score is NaN
    /// or infinite, or when the weights are not `RowWeights`: such a set of rows is never ranked.
    package init(
        labels: [Double], scores: [Double], weights: [Double]? = nil, decisionThreshold: Double = 0.5
    ) throws(ScoreDefect) {
        guard labels.count == scores.count else { throw .rowCounts(labels: labels.count, answers: scores.count) }
        guard !labels.isEmpty else { throw .noRows }
        guard labels.count <= Self.rowsMax else { throw .tooManyRows(labels.count, rowsMax: Self.rowsMax) }
        if let (count, row) = Self.offenders(labels, where: { $0 != 0 && $0 != 1 }) {
            throw .labels(count: count, firstRow: row, expected: "0 or 1")
        }
        if let (count, row) = Self.offenders(scores, where: { !$0.isFinite }) {
            throw .notFinite(count: count, firstRow: row)
        }
        let outside = Self.offenders(scores, where: { $0 < 0 || $0 > 1 })
        self.init(
            checkedLabels: labels.map { $0 == 1 ? 1 : 0 }, scores: scores,
            weights: try RowWeights.checked(weights, rows: labels.count), decisionThreshold: decisionThreshold,
            probabilityDefect: outside.map { .notProbabilities(count: $0.count, firstRow: $0.firstRow) })
    }

    init(
        checkedLabels: [UInt8], scores: [Double], weights: RowWeights?, decisionThreshold: Double,
        probabilityDefect: ScoreDefect?
    ) {
        labels = checkedLabels
        self.scores = scores
        self.weights = weights
        self.decisionThreshold = decisionThreshold
        self.probabilityDefect = probabilityDefect
        let positives = checkedLabels.reduce(0) { $0 + Int($1) }
        self.positives = positives
        var totals = ClassTotals()
        if let weights {
            for (label, weight) in zip(checkedLabels, weights.values) { totals.add(weight, label: label) }
        } else {
            totals.positive = WeightTotals(rows: positives)
            totals.negative = WeightTotals(rows: checkedLabels.count - positives)
        }
        self.totals = totals
        let order = ScoreOrder.ascending(scores)
        self.order = order
        sortedLabels = order.map { checkedLabels[Int($0)] }
        sortedScores = order.map { scores[Int($0)] }
    }

    /// What a row counts when it was drawn as often as `drawn` says (once when nil).
    func weight(of row: Int, drawn: [UInt8]?) -> Double { RowWeights.weight(of: row, weights, drawn: drawn) }

    /// How many numbers are unwanted and the first row that holds one, counted from 1.
    static func offenders(_ numbers: [Double], where unwanted: (Double) -> Bool) -> (count: Int, firstRow: Int)? {
        var count = 0
        var first = 0
        for (row, number) in numbers.enumerated() where unwanted(number) {
            if count == 0 { first = row + 1 }
            count += 1
        }
        return count == 0 ? nil : (count, first)
    }
}
