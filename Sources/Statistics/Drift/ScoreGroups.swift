import Glibc

/// Scores by distinct value, so that what depends on the score alone is computed once per value.
struct ScoreGroups: Sendable {
    /// Ascending.
    let scores: [Double]
    /// The index of every row's score in `scores`.
    let groups: [Int32]
    /// Rows per distinct score.
    let sizes: [Int32]
    let areProbabilities: Bool
    private let logScores: [Double]
    private let logRests: [Double]

    /// `rows` must be finite and at most 2³¹ − 1.
    init(_ rows: [Double]) {
        let distinct = Self.distinct(SortedValues(rows).values)
        scores = distinct
        let groups = inParallel(Self.parts(rows.count)) { part in part.map { Int32(Self.index(of: rows[$0], in: distinct)) } }
            .flatMap(\.self)
        var sizes = [Int32](repeating: 0, count: distinct.count)
        for group in groups { sizes[Int(group)] += 1 }
        self.groups = groups
        self.sizes = sizes
        areProbabilities = (distinct.first ?? 0) >= 0 && (distinct.last ?? 0) <= 1
        // scikit-learn's clip for doubles.
        let least = Double.ulpOfOne
        logScores = areProbabilities ? distinct.map { log(max($0, least)) } : []
        logRests = areProbabilities ? distinct.map { log(max(1 - $0, least)) } : []
    }

    private static func distinct(_ sorted: [Double]) -> [Double] {
        var distinct: [Double] = []
        for value in sorted where value != distinct.last { distinct.append(value) }
        return distinct
    }

    private static func parts(_ count: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: 1 << 16).map { $0..<min($0 + 1 << 16, count) }
    }

    private static func index(of value: Double, in sorted: [Double]) -> Int {
        var low = 0
        var high = sorted.count - 1
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The metrics that the probabilities promise of so many rows per distinct score.
    func metrics(of rows: [Double], probabilities: [Double], threshold: Double) -> [ExpectedMetric: Double] {
        metrics(threshold: threshold) { index in
            let (rows, p) = (rows[index], probabilities[index])
            return (rows * p, rows * (1 - p), rows * p * (1 - p))
        }
    }

    /// The metrics of these scores when each distinct one stands for so many positives and negatives, which may be expectations
    /// then in fractions. `within`: pairs of a row with itself that the products hold; they count nowhere.
    @inline(__always)
    func metrics(
        threshold: Double, _ cell: (_ index: Int) -> (positives: Double, negatives: Double, within: Double)
    ) -> [ExpectedMetric: Double] {
        var below = 0.0
        var concordant = 0.0
        var own = 0.0
        var right = 0.0
        var loss = 0.0
        var squares = 0.0
        var allPositives = 0.0
        for index in scores.indices {
            let (p, n, within) = cell(index)
            concordant += p * below + (p * n - within) / 2
            own += within
            below += n
            allPositives += p
            right += scores[index] >= threshold ? p : n
            guard areProbabilities else { continue }
            let score = scores[index]
            loss -= p * logScores[index] + n * logRests[index]
            squares += p * (1 - score) * (1 - score) + n * score * score
        }
        let rows = allPositives + below
        guard rows > 0 else { return [:] }
        var metrics: [ExpectedMetric: Double] = [.accuracy: right / rows]
        let pairs = allPositives * below - own
        if pairs > 0 { metrics[.aucROC] = concordant / pairs }
        if areProbabilities {
            metrics[.logLoss] = loss / rows
            metrics[.brier] = squares / rows
        }
        return metrics
    }
}

package enum ExpectedMetric: String, Sendable, CaseIterable {
    case aucROC = "auc_roc"
    case accuracy
    case logLoss = "log_loss"
    case brier
}
