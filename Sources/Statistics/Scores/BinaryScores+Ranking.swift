/// Metrics of the ranking. `weights` are how often each row was drawn, in row order; nil means once each.
extension BinaryScores {
    /// The area under the ROC curve: the chance that a positive outranks a negative, ties counting half. Exact: pairs are
    /// counted in whole numbers. Nil unless both classes are present.
    package func auc(weights: [UInt32]? = nil) -> Double? {
        var doubledWins: UInt64 = 0
        var positivesBelow: UInt64 = 0
        var negativesBelow: UInt64 = 0
        forEachTie(weights: weights) { positives, negatives in
            doubledWins += positives * (2 * negativesBelow + negatives)
            positivesBelow += positives
            negativesBelow += negatives
        }
        guard positivesBelow > 0, negativesBelow > 0 else { return nil }
        return Double(doubledWins) / (2 * Double(positivesBelow) * Double(negativesBelow))
    }

    /// Average precision: Σ (Rₙ − Rₙ₋₁) Pₙ over distinct thresholds. Nil unless both classes are present.
    package func averagePrecision(weights: [UInt32]? = nil) -> Double? {
        let all = classCounts(weights: weights)
        guard all.positives > 0, all.negatives > 0 else { return nil }
        var atOrAbove = all
        var sum = 0.0
        forEachTie(weights: weights) { positives, negatives in
            if positives > 0 {
                let selected = Double(atOrAbove.positives + atOrAbove.negatives)
                sum += Double(positives) * (Double(atOrAbove.positives) / selected)
            }
            atOrAbove.positives -= positives
            atOrAbove.negatives -= negatives
        }
        return sum / Double(all.positives)
    }

    /// The greatest distance between the score distributions of positives and negatives. Nil unless both are present.
    package func kolmogorovSmirnov(weights: [UInt32]? = nil) -> Double? {
        let all = classCounts(weights: weights)
        guard all.positives > 0, all.negatives > 0 else { return nil }
        var positivesBelow: UInt64 = 0
        var negativesBelow: UInt64 = 0
        var greatest = 0.0
        forEachTie(weights: weights) { positives, negatives in
            positivesBelow += positives
            negativesBelow += negatives
            let distance = abs(
                Double(positivesBelow) / Double(all.positives) - Double(negativesBelow) / Double(all.negatives))
            greatest = max(greatest, distance)
        }
        return greatest
    }

    /// Visits the runs of equal scores, lowest first, with the rows of each class in them.
    @inline(__always)
    private func forEachTie(weights: [UInt32]?, _ body: (_ positives: UInt64, _ negatives: UInt64) -> Void) {
        var place = 0
        while place < sortedScores.count {
            let score = sortedScores[place]
            var rows: UInt64 = 0
            var positives: UInt64 = 0
            repeat {
                let weight = weights.map { UInt64($0[Int(order[place])]) } ?? 1
                rows &+= weight
                positives &+= weight &* UInt64(sortedLabels[place])
                place += 1
            } while place < sortedScores.count && sortedScores[place] == score
            body(positives, rows &- positives)
        }
    }

    private func classCounts(weights: [UInt32]?) -> (positives: UInt64, negatives: UInt64) {
        guard let weights else { return (UInt64(positives), UInt64(negatives)) }
        var rows: UInt64 = 0
        var positives: UInt64 = 0
        for (row, weight) in weights.enumerated() {
            rows &+= UInt64(weight)
            positives &+= UInt64(weight) &* UInt64(labels[row])
        }
        return (positives, rows &- positives)
    }
}
