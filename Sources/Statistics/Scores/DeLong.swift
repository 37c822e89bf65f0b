import Glibc

/// The sampling variance of AUCs (DeLong, DeLong and Clarke-Pearson, 1988) from one sort (after Sun and Xu, 2014).
///
/// Each row's *placement* is the share of the other class that it outranks, ties counting half: for a positive the share of
/// negatives below it, for a negative the share of positives above it. The AUC is the mean placement of either class, and
/// its variance is var(positives)/m + var(negatives)/n with m and n rows of each class.
///
/// With weights the shares and means are weighted, and each class adds Σw²(V − A)²/((Σw)² − Σw²) to the variance (V a row's
/// placement, A the AUC; `WeightTotals.varianceOfMean`): equal weights give DeLong's variance exactly.
package enum DeLong {
    /// Below this many rows of a class the interval's real coverage falls short of 95 %.
    package static let classRowsMin = 10

    /// The AUC with its interval on the logit scale, which keeps to [0, 1] and covers better than the plain one.
    ///
    /// No interval with fewer than two rows of a class, or where the placements do not vary at all. An AUC of exactly 0 or 1
    /// has no variance to go by; `perfectRankingBound` then stands in.
    package static func estimate(_ scores: BinaryScores) -> Estimate {
        let auc = scores.auc()
        return estimate(auc, auc == nil ? ClassSums() : scores.placementSquares(), scores.totals)
    }

    /// The same from an AUC and Σw²(placement − AUC)² of each class.
    static func estimate(_ auc: Double?, _ squares: ClassSums, _ totals: ClassTotals) -> Estimate {
        Estimate(value: auc, interval: auc.flatMap { interval($0, squares, totals) }, method: .delongLogit)
    }

    private static func interval(_ auc: Double, _ squares: ClassSums, _ totals: ClassTotals) -> Interval? {
        guard totals.positive.rows >= 2, totals.negative.rows >= 2 else { return nil }
        let bound = perfectRankingBound(totals)
        if auc == 1 { return Interval(lower: bound, upper: 1) }
        if auc == 0 { return Interval(lower: 0, upper: 1 - bound) }
        guard let variance = squares.variance(totals), variance > 0 else { return nil }
        let logit = log(auc / (1 - auc))
        let half = Interval.z * variance.squareRoot() / (auc * (1 - auc))
        return Interval(lower: 1 / (1 + exp(half - logit)), upper: 1 / (1 + exp(-half - logit)))
    }

    /// The AUC of `scores` minus that of `baseline`, paired by row. Nil unless both classes are present.
    ///
    /// Models that rank every row alike differ by exactly 0 with p = 1. No interval with fewer than two rows of a class, or
    /// when two different rankings have no variance between them (both perfect, say): the data cannot tell how far they
    /// might differ. Both must have been made from the same labels and weights.
    package static func difference(_ scores: BinaryScores, minus baseline: BinaryScores) -> PairedDifference? {
        precondition(
            scores.labels == baseline.labels && scores.weights == baseline.weights,
            "a paired difference is of two models on the same rows")
        guard let first = scores.auc(), let second = baseline.auc() else { return nil }
        if scores.ranksLike(baseline) {
            return PairedDifference(
                difference: 0, interval: Interval(lower: 0, upper: 0), standardError: 0, p: 1, method: .delongPaired)
        }
        let difference = first - second
        return paired(difference, scores.squaresOfDifference(from: baseline, difference), scores.totals)
    }

    /// A difference of AUCs from Σw²(d − mean)² of each class, d the difference of a row's two placements.
    static func paired(_ difference: Double, _ squares: ClassSums, _ totals: ClassTotals) -> PairedDifference {
        guard let standardError = squares.variance(totals)?.squareRoot() else {
            return PairedDifference(
                difference: difference, interval: nil, standardError: nil, p: nil, method: .delongPaired)
        }
        guard standardError > 0 else {
            return PairedDifference(difference: difference, interval: nil, standardError: 0, p: nil, method: .delongPaired)
        }
        let half = Interval.z * standardError
        return PairedDifference(
            difference: difference, interval: Interval(lower: difference - half, upper: difference + half),
            standardError: standardError, p: Normal.twoSidedP(difference / standardError), method: .delongPaired)
    }

    /// What a perfect ranking of m positives and n negatives still leaves possible: the lowest AUC that would produce one
    /// with a chance of 2.5 %. Among min(m, n) pairs that share no row all must come out right, so AUC^min(m,n) ≥ 0.025;
    /// the rule of three for rankings. Weighted rows count as their effective number.
    static func perfectRankingBound(_ totals: ClassTotals) -> Double {
        pow(Interval.tail, 1 / totals.rarestEffectiveRows)
    }
}

extension BinaryScores {
    /// Σw²(placement − AUC)² of each class. Both must be present.
    func placementSquares() -> ClassSums {
        guard let weights else { return rankSums.placementSquares }
        let auc = auc() ?? 0.5
        var squares = ClassSums()
        for (row, placement) in weightedPlacements().enumerated() {
            let deviation = weights.values[row] * (placement - auc)
            squares.add(deviation * deviation, label: labels[row])
        }
        return squares
    }

    /// Σw²(d − mean)² of each class, d the difference of a row's two placements. Without weights in whole numbers, so that
    /// swapping the models changes nothing.
    fileprivate func squaresOfDifference(from baseline: BinaryScores, _ mean: Double) -> ClassSums {
        guard let weights else { return PairedWins(self, baseline).squaresOfDifference(0) }
        var squares = ClassSums()
        for (row, placements) in zip(weightedPlacements(), baseline.weightedPlacements()).enumerated() {
            let deviation = weights.values[row] * (placements.0 - placements.1 - mean)
            squares.add(deviation * deviation, label: labels[row])
        }
        return squares
    }

    /// Placements by row, of weighted rows.
    private func weightedPlacements() -> [Double] {
        let rows = rowOrder.rows
        let (m, n) = (totals.positive.sum, totals.negative.sum)
        var placements = [Double](repeating: 0, count: count)
        var below = ClassSums()
        forEachWeightedTie(nil) { tied, places in
            let ofPositive = (below.negative + 0.5 * tied.negative) / n
            let ofNegative = (m - below.positive - 0.5 * tied.positive) / m
            for row in rows[places] { placements[Int(row)] = labels[Int(row)] == 1 ? ofPositive : ofNegative }
            below += tied
        }
        return placements
    }

    /// Whether both models put the rows in the same order with the same ties.
    func ranksLike(_ other: BinaryScores) -> Bool {
        rowOrder.rows == other.rowOrder.rows && rowOrder.marks == other.rowOrder.marks
    }
}
