/// Rows by label and decision.
package struct ConfusionCounts: Sendable, Equatable {
    package var truePositives = 0
    package var falsePositives = 0
    package var trueNegatives = 0
    package var falseNegatives = 0

    package init() {}

    package var count: Int { truePositives + falsePositives + trueNegatives + falseNegatives }
    package var positives: Int { truePositives + falseNegatives }
    package var negatives: Int { falsePositives + trueNegatives }
    package var selected: Int { truePositives + falsePositives }
    package var right: Int { truePositives + trueNegatives }

    // A rate over nothing is nil, never 0: an empty denominator is no evidence.
    package var accuracy: Double? { share(right, count) }
    package var selectionRate: Double? { share(selected, count) }
    package var truePositiveRate: Double? { share(truePositives, positives) }
    package var falsePositiveRate: Double? { share(falsePositives, negatives) }
    package var precision: Double? { share(truePositives, selected) }
    package var f1: Double? { share(2 * truePositives, selected + positives) }

    private func share(_ part: Int, _ whole: Int) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }
}

/// Metrics of the decisions that a threshold makes.
extension BinaryScores {
    /// Counts by label and decision; a score at or above `threshold` (the decision threshold unless given) is selected.
    package func confusion(threshold: Double? = nil, weights: [UInt32]? = nil) -> ConfusionCounts {
        let threshold = threshold ?? decisionThreshold
        var cells = (0, 0, 0, 0)
        for row in labels.indices {
            let weight = weights.map { Int($0[row]) } ?? 1
            switch (labels[row] == 1, scores[row] >= threshold) {
            case (true, true): cells.0 &+= weight
            case (false, true): cells.1 &+= weight
            case (false, false): cells.2 &+= weight
            case (true, false): cells.3 &+= weight
            }
        }
        var counts = ConfusionCounts()
        (counts.truePositives, counts.falsePositives, counts.trueNegatives, counts.falseNegatives) = cells
        return counts
    }
}
