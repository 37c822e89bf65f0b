/// One model's scores on rows labelled 0 or 1.
///
/// Sorting happens once, when first asked for, and is shared by copies. What needs only a ranking (AUC, average precision,
/// Kolmogorov–Smirnov, DeLong) sorts keys without row numbers; groups, pairing, weights and resampling share one row order.
package struct BinaryScores: Sendable {
    /// Row numbers are kept in 32 bits; memory, not this number, ends first.
    package static let rowsMax = 1 << 30

    /// In row order, 1 for positive.
    let labels: [UInt8]
    let scores: [Double]
    /// Nil: every row counts 1.
    package let weights: RowWeights?

    package let positives: Int
    /// What counts for each class; rows of weight 0 do not.
    let totals: ClassTotals
    /// A score at or above it is a positive decision.
    package let decisionThreshold: Double
    /// Set when some scores lie outside 0…1: metrics of probabilities are then undefined.
    package let probabilityDefect: ScoreDefect?

    private let range: ScoreRange
    private let cache = RankCache()

    package var count: Int { labels.count }
    package var negatives: Int { count - positives }
    /// Whether rows that count are there on both sides.
    package var hasBothClasses: Bool { totals.positive.rows > 0 && totals.negative.rows > 0 }

    /// Fails when there are no rows or too many, when the counts differ, when a label is not 0 or 1, when a score is NaN
    /// or infinite, or when the weights are not `RowWeights`: such a set of rows is never ranked.
    package init(
        labels: [Double], scores: [Double], weights: [Double]? = nil, decisionThreshold: Double = 0.5
    ) throws(ScoreDefect) {
        if let (count, row) = Self.offenders(labels, where: { $0 != 0 && $0 != 1 }) {
            throw .labels(count: count, firstRow: row, expected: "0 or 1")
        }
        try self.init(
            bytes: labels.map { $0 == 1 ? 1 : 0 }, scores: scores, weights: weights, decisionThreshold: decisionThreshold)
    }

    /// The same from labels of one byte each.
    package init(
        bytes labels: [UInt8], scores: [Double], weights: [Double]? = nil, decisionThreshold: Double = 0.5
    ) throws(ScoreDefect) {
        guard labels.count == scores.count else { throw .rowCounts(labels: labels.count, answers: scores.count) }
        guard !labels.isEmpty else { throw .noRows }
        guard labels.count <= Self.rowsMax else { throw .tooManyRows(labels.count, rowsMax: Self.rowsMax) }
        if let (count, row) = Self.offenders(labels, where: { $0 > 1 }) {
            throw .labels(count: count, firstRow: row, expected: "0 or 1")
        }
        let range = ScoreRange(scores)
        if !range.isFinite, let (count, row) = Self.offenders(scores, where: { !$0.isFinite }) {
            throw .notFinite(count: count, firstRow: row)
        }
        let isOutside = range.lowest < 0 || range.highest > 1
        let outside = isOutside ? Self.offenders(scores, where: { $0 < 0 || $0 > 1 }) : nil
        self.init(
            checkedLabels: labels, scores: scores, range: range,
            weights: try RowWeights.checked(weights, rows: labels.count), decisionThreshold: decisionThreshold,
            probabilityDefect: outside.map { .notProbabilities(count: $0.count, firstRow: $0.firstRow) })
    }

    init(
        checkedLabels labels: [UInt8], scores: [Double], range: ScoreRange? = nil, weights: RowWeights?,
        decisionThreshold: Double, probabilityDefect: ScoreDefect?
    ) {
        self.labels = labels
        self.scores = scores
        self.range = range ?? ScoreRange(scores)
        self.weights = weights
        self.decisionThreshold = decisionThreshold
        self.probabilityDefect = probabilityDefect
        let positives = labels.reduce(0) { $0 &+ Int($1) }
        self.positives = positives
        var totals = ClassTotals()
        if let weights {
            for (label, weight) in zip(labels, weights.values) { totals.add(weight, label: label) }
        } else {
            totals.positive = WeightTotals(rows: positives)
            totals.negative = WeightTotals(rows: labels.count - positives)
        }
        self.totals = totals
    }

    /// Of the ranking without weights.
    var rankSums: RankSums {
        cache.sums { RankSums(scores, labels: labels, range: range, positives: positives) }
    }

    /// Ranks now, with all cores, what threads would otherwise wait for while one of them does it.
    package func rankAhead() { _ = rowOrder }

    var rowOrder: RowOrder { cache.order { RowOrder(scores, labels: labels, range: range) } }

    /// Rows from the lowest score to the highest.
    var order: [UInt32] { rowOrder.rows }

    /// What a row counts when it was drawn as often as `drawn` says (once when nil).
    func weight(of row: Int, drawn: [UInt8]?) -> Double { RowWeights.weight(of: row, weights, drawn: drawn) }

    /// How many numbers are unwanted and the first row that holds one, counted from 1.
    static func offenders<Number>(_ numbers: [Number], where unwanted: (Number) -> Bool) -> (count: Int, firstRow: Int)? {
        var count = 0
        for number in numbers { count &+= unwanted(number) ? 1 : 0 }
        guard count > 0, let first = numbers.firstIndex(where: unwanted) else { return nil }
        return (count, first + 1)
    }
}
