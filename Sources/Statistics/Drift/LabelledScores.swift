/// Scores with labels, and scores without: what expected performance is estimated from, once and in resamples.
struct LabelledScores: Sendable {
    struct Estimate: Sendable {
        var onReference: [ExpectedMetric: Double]
        var onCurrent: [ExpectedMetric: Double]
        /// Of the reference, with its labels.
        var realized: [ExpectedMetric: Double]
        var calibrationError: Double?
    }

    private let reference: ScoreGroups
    private let current: ScoreGroups
    private let labels: [Bool]
    private let threshold: Double
    let calibrates: Bool
    /// Of the scores themselves; nil when they are no probabilities.
    let rawReliability: EqualMassReliability?
    /// Of the probabilities that are used, out of fold when they were fitted.
    let reliability: EqualMassReliability
    let shareOutside: Double

    init(labels: [Bool], scores: [Double], current: [Double], threshold: Double) {
        reference = ScoreGroups(scores)
        self.current = ScoreGroups(current)
        self.labels = labels
        self.threshold = threshold
        let least = reference.scores.first ?? 0
        let greatest = reference.scores.last ?? 0
        shareOutside = Double(current.count { $0 < least || $0 > greatest }) / Double(current.count)
        let crossFitted = Self.crossFitted(reference, labels)
        let fitted = EqualMassReliability(crossFitted, labels)
        rawReliability = reference.areProbabilities ? EqualMassReliability(scores, labels) : nil
        let areUsable = reference.areProbabilities && self.current.areProbabilities
        calibrates = !areUsable || Self.brier(crossFitted, labels) < Self.brier(scores, labels)
        reliability = calibrates ? fitted : rawReliability ?? fitted
    }

    /// Probabilities of even rows from a fit on the odd ones, and the reverse.
    private static func crossFitted(_ reference: ScoreGroups, _ labels: [Bool]) -> [Double] {
        var byFold: [[Double]] = []
        for fold in 0...1 {
            var weights = [Double](repeating: 0, count: reference.scores.count)
            var sums = weights
            for row in labels.indices where row % 2 != fold {
                weights[Int(reference.groups[row])] += 1
                if labels[row] { sums[Int(reference.groups[row])] += 1 }
            }
            let fit = IsotonicFit(places: reference.scores, weights: weights, sums: sums)
            // A single row leaves the other fold empty: one half is all that is known then.
            byFold.append(fit?.values(atAscending: reference.scores) ?? weights.map { _ in 0.5 })
        }
        return labels.indices.map { byFold[$0 % 2][Int(reference.groups[$0])] }
    }

    private static func brier(_ probabilities: [Double], _ labels: [Bool]) -> Double {
        var sum = 0.0
        for (row, p) in probabilities.enumerated() { sum += labels[row] ? (1 - p) * (1 - p) : p * p }
        return sum
    }

    /// What the probabilities promise on both sides, every row once, or as often as the row numbers say it was drawn.
    func estimate(reference drawn: [Int32]?, current drawnNow: [Int32]?) -> Estimate {
        let counts = referenceCounts(drawn)
        let now = Self.counts(current, drawnNow)
        var (onReference, onCurrent) = (reference.scores, current.scores)
        if calibrates, let fit = IsotonicFit(places: reference.scores, weights: counts.all, sums: counts.positives) {
            onReference = fit.values(atAscending: reference.scores)
            onCurrent = fit.values(atAscending: current.scores)
        }
        return Estimate(
            onReference: metrics(reference, counts.all, onReference), onCurrent: metrics(current, now, onCurrent),
            realized: reference.metrics(
                positives: counts.positives, negatives: zip(counts.all, counts.positives).map { $0 - $1 }, pairsWithin: nil,
                threshold: threshold),
            calibrationError: drawn.map(reliability.error) ?? reliability.error)
    }

    private func metrics(_ groups: ScoreGroups, _ rows: [Double], _ probabilities: [Double]) -> [ExpectedMetric: Double] {
        groups.metrics(
            positives: zip(rows, probabilities).map { $0 * $1 }, negatives: zip(rows, probabilities).map { $0 * (1 - $1) },
            pairsWithin: zip(rows, probabilities).map { $0 * $1 * (1 - $1) }, threshold: threshold)
    }

    private func referenceCounts(_ drawn: [Int32]?) -> (all: [Double], positives: [Double]) {
        var positives = [Double](repeating: 0, count: reference.scores.count)
        if let drawn {
            for row in drawn where labels[Int(row)] { positives[Int(reference.groups[Int(row)])] += 1 }
        } else {
            for row in labels.indices where labels[row] { positives[Int(reference.groups[row])] += 1 }
        }
        return (Self.counts(reference, drawn), positives)
    }

    private static func counts(_ groups: ScoreGroups, _ drawn: [Int32]?) -> [Double] {
        var counts = [Double](repeating: 0, count: groups.scores.count)
        if let drawn {
            for row in drawn { counts[Int(groups.groups[Int(row)])] += 1 }
        } else {
            for group in groups.groups { counts[Int(group)] += 1 }
        }
        return counts
    }

    /// Estimates from rows drawn with replacement on both sides. Each has a seed of its own: the order in which cores make them
    /// does not matter.
    func resampled(_ replicates: Int, seed: UInt64) -> [Estimate] {
        inParallel(Array(0..<replicates)) { replicate in
            var generator = SeededGenerator(seed: seed &+ UInt64(replicate) &* 0x9E37_79B9_7F4A_7C15)
            func draw(_ rows: Int) -> [Int32] { (0..<rows).map { _ in Int32(generator.below(rows)) } }
            return estimate(reference: draw(labels.count), current: draw(current.groups.count))
        }
    }
}

/// Probabilities against outcomes in ten bins of equally many rows; equal probabilities share a bin.
struct EqualMassReliability: Sendable {
    private static let binCount = 10

    private let bins: [UInt8]
    private let probabilities: [Double]
    private let labels: [Bool]

    init(_ probabilities: [Double], _ labels: [Bool]) {
        let sorted = SortedValues(probabilities).values
        let inner = (1..<Self.binCount).map { sorted[$0 * sorted.count / Self.binCount] }
        bins = probabilities.map { probability in
            var bin: UInt8 = 0
            for edge in inner { bin &+= probability >= edge ? 1 : 0 }
            return bin
        }
        self.probabilities = probabilities
        self.labels = labels
    }

    /// Σ over bins of their share of rows times |mean probability − share of positives|.
    var error: Double { error(labels.indices.map { Int32($0) }) }

    func error(_ rows: [Int32]) -> Double {
        var differences = [Double](repeating: 0, count: Self.binCount)
        for row in rows {
            let row = Int(row)
            differences[Int(bins[row])] += probabilities[row] - (labels[row] ? 1 : 0)
        }
        return differences.reduce(0) { $0 + abs($1) } / Double(rows.count)
    }
}
