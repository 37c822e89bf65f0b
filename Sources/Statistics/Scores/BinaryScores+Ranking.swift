/// Metrics of the ranking. `drawn` is how often each row was drawn, in row order; nil means once each. Weights multiply.
extension BinaryScores {
    /// The area under the ROC curve: the chance that a positive outranks a negative, ties counting half. Without weights
    /// exact: pairs are counted in whole numbers. Nil unless both classes are present.
    package func auc(drawn: [UInt8]? = nil) -> Double? {
        var below = ClassSums()
        if weights != nil {
            var doubledWins = 0.0
            forEachWeightedTie(drawn: drawn) { tied in
                doubledWins += tied.positive * (2 * below.negative + tied.negative)
                below.positive += tied.positive
                below.negative += tied.negative
            }
            guard below.positive > 0, below.negative > 0 else { return nil }
            return doubledWins / (2 * below.positive * below.negative)
        }
        var doubledWins: UInt64 = 0
        var positivesBelow: UInt64 = 0
        var negativesBelow: UInt64 = 0
        forEachTie(drawn: drawn) { positives, negatives in
            doubledWins += positives * (2 * negativesBelow + negatives)
            positivesBelow += positives
            negativesBelow += negatives
        }
        guard positivesBelow > 0, negativesBelow > 0 else { return nil }
        return Double(doubledWins) / (2 * Double(positivesBelow) * Double(negativesBelow))
    }

    /// Average precision: Σ (Rₙ − Rₙ₋₁) Pₙ over distinct thresholds. Nil unless both classes are present.
    package func averagePrecision(drawn: [UInt8]? = nil) -> Double? {
        let all = classSums(drawn: drawn)
        guard all.positive > 0, all.negative > 0 else { return nil }
        var below = ClassSums()
        var sum = 0.0
        forEachTieSum(drawn: drawn) { tied in
            if tied.positive > 0 {
                let right = all.positive - below.positive
                sum += tied.positive * (right / (right + all.negative - below.negative))
            }
            below.positive += tied.positive
            below.negative += tied.negative
        }
        return sum / all.positive
    }

    /// The greatest distance between the score distributions of positives and negatives. Nil unless both are present.
    package func kolmogorovSmirnov(drawn: [UInt8]? = nil) -> Double? {
        let all = classSums(drawn: drawn)
        guard all.positive > 0, all.negative > 0 else { return nil }
        var below = ClassSums()
        var greatest = 0.0
        forEachTieSum(drawn: drawn) { tied in
            below.positive += tied.positive
            below.negative += tied.negative
            greatest = max(greatest, abs(below.positive / all.positive - below.negative / all.negative))
        }
        return min(greatest, 1)
    }

    /// Visits the runs of equal scores, lowest first, with what the rows of each class in them count.
    @inline(__always)
    private func forEachTieSum(drawn: [UInt8]?, _ body: (ClassSums) -> Void) {
        if weights != nil { return forEachWeightedTie(drawn: drawn, body) }
        forEachTie(drawn: drawn) { body(ClassSums(positive: Double($0), negative: Double($1))) }
    }

    @inline(__always)
    private func forEachTie(drawn: [UInt8]?, _ body: (_ positives: UInt64, _ negatives: UInt64) -> Void) {
        var place = 0
        while place < sortedScores.count {
            let score = sortedScores[place]
            var rows: UInt64 = 0
            var positives: UInt64 = 0
            repeat {
                let times = drawn.map { UInt64($0[Int(order[place])]) } ?? 1
                rows &+= times
                positives &+= times &* UInt64(sortedLabels[place])
                place += 1
            } while place < sortedScores.count && sortedScores[place] == score
            body(positives, rows &- positives)
        }
    }

    @inline(__always)
    private func forEachWeightedTie(drawn: [UInt8]?, _ body: (ClassSums) -> Void) {
        var place = 0
        while place < sortedScores.count {
            let score = sortedScores[place]
            var tied = ClassSums()
            repeat {
                tied.add(weight(of: Int(order[place]), drawn: drawn), label: sortedLabels[place])
                place += 1
            } while place < sortedScores.count && sortedScores[place] == score
            body(tied)
        }
    }

    private func classSums(drawn: [UInt8]?) -> ClassSums {
        guard drawn != nil else { return ClassSums(positive: totals.positive.sum, negative: totals.negative.sum) }
        var sums = ClassSums()
        for row in labels.indices { sums.add(weight(of: row, drawn: drawn), label: labels[row]) }
        return sums
    }
}
