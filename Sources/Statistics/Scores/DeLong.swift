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
        scores.placements().estimate
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
        let placements = scores.placementsByRow()
        let others = baseline.placementsByRow()
        var squares = ClassSums()
        for row in placements.indices {
            let deviation = placements[row] - others[row] - difference
            let weight = scores.weights?.values[row] ?? 1
            squares.add(weight * weight * deviation * deviation, label: scores.labels[row])
        }
        guard let standardError = squares.variance(scores.totals)?.squareRoot() else {
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

/// A sum over positive rows and one over negative rows.
struct ClassSums {
    var positive = 0.0
    var negative = 0.0

    mutating func add(_ value: Double, label: UInt8) {
        if label == 1 { positive += value } else { negative += value }
    }

    /// The variance of a sum of two independent class means, from sums of w²(x − mean)². Nil below two rows of either.
    func variance(_ totals: ClassTotals) -> Double? {
        guard let ofPositives = totals.positive.varianceOfMean(positive),
            let ofNegatives = totals.negative.varianceOfMean(negative)
        else { return nil }
        return ofPositives + ofNegatives
    }
}

/// Placements of some rows along the score order, with the AUC they average to.
struct Placements {
    let auc: Double?
    /// One per row in `positions`' order.
    let values: [Double]
    /// Σ w² (placement − AUC)² per class.
    let squares: ClassSums
    let totals: ClassTotals

    var estimate: Estimate { Estimate(value: auc, interval: interval, method: .delongLogit) }

    private var interval: Interval? {
        guard let auc, totals.positive.rows >= 2, totals.negative.rows >= 2 else { return nil }
        let bound = DeLong.perfectRankingBound(totals)
        if auc == 1 { return Interval(lower: bound, upper: 1) }
        if auc == 0 { return Interval(lower: 0, upper: 1 - bound) }
        guard let variance = squares.variance(totals), variance > 0 else { return nil }
        let logit = log(auc / (1 - auc))
        let half = Interval.z * variance.squareRoot() / (auc * (1 - auc))
        return Interval(lower: 1 / (1 + exp(half - logit)), upper: 1 / (1 + exp(-half - logit)))
    }
}

extension BinaryScores {
    /// Placements of all rows, in score order.
    func placements() -> Placements { placements(of: 0..<count, totals: totals) }

    /// Placements among the rows at `positions` (places in the score order, ascending), whose classes count `totals`.
    func placements<Positions: RandomAccessCollection<Int>>(of positions: Positions, totals: ClassTotals) -> Placements
    where Positions.Index == Int {
        let m = totals.positive.sum
        let n = totals.negative.sum
        var values = [Double](repeating: 0, count: positions.count)
        guard m > 0, n > 0 else { return Placements(auc: nil, values: values, squares: ClassSums(), totals: totals) }
        var below = ClassSums()
        var doubledWins = 0.0
        var start = positions.startIndex
        while start < positions.endIndex {
            let score = sortedScores[positions[start]]
            var end = start
            var tied = ClassSums()
            while end < positions.endIndex, sortedScores[positions[end]] == score {
                tied.add(weight(atPlace: positions[end]), label: sortedLabels[positions[end]])
                end += 1
            }
            let ofPositive = (below.negative + 0.5 * tied.negative) / n
            let ofNegative = (m - below.positive - 0.5 * tied.positive) / m
            for index in start..<end {
                values[index - positions.startIndex] = sortedLabels[positions[index]] == 1 ? ofPositive : ofNegative
            }
            doubledWins += tied.positive * (2 * below.negative + tied.negative)
            below.positive += tied.positive
            below.negative += tied.negative
            start = end
        }
        let auc = doubledWins / (2 * m * n)
        var squares = ClassSums()
        for (value, position) in zip(values, positions) {
            let weight = weight(atPlace: position)
            squares.add(weight * weight * (value - auc) * (value - auc), label: sortedLabels[position])
        }
        return Placements(auc: auc, values: values, squares: squares, totals: totals)
    }

    /// What the row at a place in the score order counts.
    func weight(atPlace place: Int) -> Double { weights?.values[Int(order[place])] ?? 1 }

    func placementsByRow() -> [Double] {
        let sorted = placements().values
        var values = [Double](repeating: 0, count: count)
        for (place, row) in order.enumerated() { values[Int(row)] = sorted[place] }
        return values
    }

    /// Whether both models put the rows in the same order with the same ties.
    func ranksLike(_ other: BinaryScores) -> Bool {
        guard order == other.order else { return false }
        for place in 1..<max(count, 1) {
            let isTied = sortedScores[place] == sortedScores[place - 1]
            let isTiedThere = other.sortedScores[place] == other.sortedScores[place - 1]
            if isTied != isTiedThere { return false }
        }
        return true
    }
}
