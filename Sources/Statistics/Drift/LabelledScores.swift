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
    /// Reference rows by place: by score, of equal ones the negatives first. Resamples draw places, which are exchangeable as rows
    /// are, and walk memory in order.
    private let negatives: [Int32]
    private let positives: [Int32]
    private let threshold: Double
    let calibrates: Bool
    /// Of the scores themselves; nil when they are no probabilities.
    let rawReliability: EqualMassReliability?
    /// Of the probabilities that are used, out of fold when they were fitted.
    let reliability: EqualMassReliability
    let shareOutside: Double

    init(labels: [Bool], scores: [Double], current: [Double], threshold: Double) {
        let reference = ScoreGroups(scores)
        self.reference = reference
        self.current = ScoreGroups(current)
        self.threshold = threshold
        var positives = [Int32](repeating: 0, count: reference.scores.count)
        for row in labels.indices where labels[row] { positives[Int(reference.groups[row])] += 1 }
        self.positives = positives
        negatives = zip(reference.sizes, positives).map { $0 - $1 }
        let least = reference.scores.first ?? 0
        let greatest = reference.scores.last ?? 0
        shareOutside = Double(current.count { $0 < least || $0 > greatest }) / Double(current.count)
        let crossFitted = Self.crossFitted(reference, labels)
        let places = Self.places(reference, labels, positives)
        let fitted = EqualMassReliability(crossFitted, labels, places)
        rawReliability = reference.areProbabilities ? EqualMassReliability(scores, labels, places) : nil
        let areUsable = reference.areProbabilities && self.current.areProbabilities
        calibrates = !areUsable || Self.brier(crossFitted, labels) < Self.brier(scores, labels)
        reliability = calibrates ? fitted : rawReliability ?? fitted
    }

    /// The place of every row.
    private static func places(_ reference: ScoreGroups, _ labels: [Bool], _ positives: [Int32]) -> [Int32] {
        var next = [Int32](repeating: 0, count: 2 * positives.count)
        var start: Int32 = 0
        for group in positives.indices {
            next[2 * group] = start
            start += reference.sizes[group]
            next[2 * group + 1] = start - positives[group]
        }
        return labels.indices.map { row in
            let cell = 2 * Int(reference.groups[row]) + (labels[row] ? 1 : 0)
            defer { next[cell] += 1 }
            return next[cell]
        }
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

    /// What the probabilities promise on both sides, every row once, or as often as its place was drawn.
    func estimate(reference drawn: [UInt8]?, current drawnNow: [UInt8]?) -> Estimate {
        let (negatives, positives) = referenceCounts(drawn)
        let all = zip(negatives, positives).map { $0 + $1 }
        let now = Self.counts(current.sizes, drawnNow)
        var (onReference, onCurrent) = (reference.scores, current.scores)
        if calibrates, let fit = IsotonicFit(places: reference.scores, weights: all, sums: positives) {
            onReference = fit.values(atAscending: reference.scores)
            onCurrent = fit.values(atAscending: current.scores)
        }
        return Estimate(
            onReference: reference.metrics(of: all, probabilities: onReference, threshold: threshold),
            onCurrent: current.metrics(of: now, probabilities: onCurrent, threshold: threshold),
            realized: reference.metrics(threshold: threshold) { (positives[$0], negatives[$0], 0) },
            calibrationError: reliability.error(drawn))
    }

    private func referenceCounts(_ drawn: [UInt8]?) -> (negatives: [Double], positives: [Double]) {
        guard let drawn else { return (negatives.map(Double.init), positives.map(Double.init)) }
        var place = 0
        func sum(_ rows: Int32) -> Double {
            var sum = 0
            for _ in 0..<rows {
                sum &+= Int(drawn[place])
                place &+= 1
            }
            return Double(sum)
        }
        var counts = (negatives: [Double](), positives: [Double]())
        counts.negatives.reserveCapacity(negatives.count)
        counts.positives.reserveCapacity(positives.count)
        for group in negatives.indices {
            counts.negatives.append(sum(negatives[group]))
            counts.positives.append(sum(positives[group]))
        }
        return counts
    }

    private static func counts(_ sizes: [Int32], _ drawn: [UInt8]?) -> [Double] {
        guard let drawn else { return sizes.map(Double.init) }
        var place = 0
        return sizes.map { rows in
            var sum = 0
            for _ in 0..<rows {
                sum &+= Int(drawn[place])
                place &+= 1
            }
            return Double(sum)
        }
    }

    /// Estimates from rows drawn with replacement on both sides. Each has a seed of its own: the order in which cores make them
    /// does not matter.
    func resampled(_ replicates: Int, seed: UInt64) -> [Estimate] {
        concurrentMap(count: replicates) { replicate in
            var generator = SeededGenerator(seed: seed &+ UInt64(replicate) &* 0x9E37_79B9_7F4A_7C15)
            func draw(_ rows: Int) -> [UInt8] {
                var counts = [UInt8](repeating: 0, count: rows)
                counts.withUnsafeMutableBufferPointer { RowDraws.fill($0, using: &generator) }
                return counts
            }
            let drawn = draw(reference.groups.count)
            return estimate(reference: drawn, current: draw(current.groups.count))
        }
    }
}

/// Probabilities against outcomes in ten bins of equally many rows; equal probabilities share a bin.
struct EqualMassReliability: Sendable {
    private static let binCount = 10

    /// By place.
    private let bins: [UInt8]
    /// Probability − label, by place.
    private let differences: [Double]

    /// `places` gives every row its place.
    init(_ probabilities: [Double], _ labels: [Bool], _ places: [Int32]) {
        let sorted = SortedValues(probabilities).values
        let inner = (1..<Self.binCount).map { sorted[$0 * sorted.count / Self.binCount] }
        var bins = [UInt8](repeating: 0, count: labels.count)
        var differences = [Double](repeating: 0, count: labels.count)
        for (row, place) in places.enumerated() {
            let probability = probabilities[row]
            for edge in inner { bins[Int(place)] &+= probability >= edge ? 1 : 0 }
            differences[Int(place)] = probability - (labels[row] ? 1 : 0)
        }
        self.bins = bins
        self.differences = differences
    }

    /// Σ over bins of their share of rows times |mean probability − share of positives|; every row counts as often as its place
    /// was drawn, once when nil.
    func error(_ drawn: [UInt8]? = nil) -> Double {
        var sums = [Double](repeating: 0, count: Self.binCount)
        for place in bins.indices {
            sums[Int(bins[place])] += differences[place] * (drawn.map { Double($0[place]) } ?? 1)
        }
        return sums.reduce(0) { $0 + abs($1) } / Double(bins.count)
    }
}
