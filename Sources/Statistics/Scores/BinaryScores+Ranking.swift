/// Metrics of the ranking. `drawn` is how often each row was drawn, in row order; nil means once each. Weights multiply.
/// Each is nil unless both classes are present.
extension BinaryScores {
    /// The area under the ROC curve: the chance that a positive outranks a negative, ties counting half. Without weights
    /// exact: pairs are counted in whole numbers.
    package func auc(drawn: [UInt8]? = nil) -> Double? {
        guard weights == nil else { return weightedAUC(drawn) }
        guard let drawn else { return rankSums.auc }
        let walk = RankWalk(byRow: rowOrder)
        return walk.auc(drawn: drawn, of: walk.counts(drawn))
    }

    /// Average precision: Σ (Rₙ − Rₙ₋₁) Pₙ over distinct thresholds.
    package func averagePrecision(drawn: [UInt8]? = nil) -> Double? {
        guard weights == nil else { return weightedAveragePrecision(drawn) }
        guard let drawn else { return rankSums.averagePrecision }
        let walk = RankWalk(byRow: rowOrder)
        return walk.averagePrecision(drawn: drawn, of: walk.counts(drawn))
    }

    /// The greatest distance between the score distributions of positives and negatives.
    package func kolmogorovSmirnov(drawn: [UInt8]? = nil) -> Double? {
        guard weights == nil else { return weightedKolmogorovSmirnov(drawn) }
        guard let drawn else { return rankSums.kolmogorovSmirnov }
        let walk = RankWalk(byRow: rowOrder)
        return walk.kolmogorovSmirnov(drawn: drawn, of: walk.counts(drawn))
    }

    private func weightedAUC(_ drawn: [UInt8]?) -> Double? {
        var below = ClassSums()
        var doubledWins = 0.0
        forEachWeightedTie(drawn) { tied, _ in
            doubledWins += tied.positive * (2 * below.negative + tied.negative)
            below += tied
        }
        guard below.positive > 0, below.negative > 0 else { return nil }
        return min(1, doubledWins / (2 * below.positive * below.negative))
    }

    private func weightedAveragePrecision(_ drawn: [UInt8]?) -> Double? {
        let all = classSums(drawn)
        guard all.positive > 0, all.negative > 0 else { return nil }
        var below = ClassSums()
        var sum = 0.0
        forEachWeightedTie(drawn) { tied, _ in
            if tied.positive > 0 {
                let right = all.positive - below.positive
                sum += tied.positive * (right / (right + max(0, all.negative - below.negative)))
            }
            below += tied
        }
        return min(1, sum / all.positive)
    }

    private func weightedKolmogorovSmirnov(_ drawn: [UInt8]?) -> Double? {
        let all = classSums(drawn)
        guard all.positive > 0, all.negative > 0 else { return nil }
        var below = ClassSums()
        var greatest = 0.0
        forEachWeightedTie(drawn) { tied, _ in
            below += tied
            greatest = max(greatest, abs(below.positive / all.positive - below.negative / all.negative))
        }
        return min(1, greatest)
    }

    /// Visits the runs of equal scores, lowest first, with what the rows of each class in them count, and their places.
    func forEachWeightedTie(_ drawn: [UInt8]?, _ body: (ClassSums, Range<Int>) -> Void) {
        let order = rowOrder
        var tied = ClassSums()
        var start = 0
        for (place, mark) in order.marks.enumerated() {
            tied.add(weight(of: Int(order.rows[place]), drawn: drawn), label: mark & 1)
            if mark & RowOrder.lastOfTie != 0 {
                body(tied, start..<place + 1)
                tied = ClassSums()
                start = place + 1
            }
        }
    }

    /// Added up along the score order, as the walk does, so that what is left above the last threshold is exactly 0.
    private func classSums(_ drawn: [UInt8]?) -> ClassSums {
        var sums = ClassSums()
        forEachWeightedTie(drawn) { tied, _ in sums += tied }
        return sums
    }
}

/// A sum over positive rows and one over negative rows.
struct ClassSums: Sendable, Equatable {
    var positive = 0.0
    var negative = 0.0

    mutating func add(_ value: Double, label: UInt8) {
        if label == 1 { positive += value } else { negative += value }
    }

    static func += (sums: inout ClassSums, more: ClassSums) {
        sums.positive += more.positive
        sums.negative += more.negative
    }

    /// The variance of a sum of two independent class means, from sums of w²(x − mean)². Nil below two rows of either.
    func variance(_ totals: ClassTotals) -> Double? {
        guard let ofPositives = totals.positive.varianceOfMean(positive),
            let ofNegatives = totals.negative.varianceOfMean(negative)
        else { return nil }
        return ofPositives + ofNegatives
    }
}
