/// A group and the rest of the rows, each ranked among its own, from one pass along the shared order.
struct PartedRanking {
    /// An AUC with DeLong's variance.
    struct Side {
        /// Nil unless both classes are present.
        fileprivate(set) var auc: Double?
        /// Nil below two rows of a class, and where the ranking is perfect: no row differs from another then, which says
        /// nothing about other rows.
        fileprivate(set) var variance: Double?
    }

    let own: Side
    let rest: Side

    /// `table` and `others` count the rows of the group and those outside it.
    init(
        _ scores: BinaryScores, partedBy codes: [Int32], group: Int32, _ table: DecisionTable, _ others: DecisionTable
    ) {
        // Placements are taken from about where they will lie, so that their squares lose no digits.
        let centre = scores.auc() ?? 0.5
        var sides = (SideSums(table, centre), SideSums(others, centre))
        let order = scores.rowOrder
        for (place, mark) in order.marks.enumerated() {
            let row = Int(order.rows[place])
            let weight = scores.weights?.values[row] ?? 1
            if codes[row] == group {
                sides.0.tie(weight, label: mark & 1)
            } else {
                sides.1.tie(weight, label: mark & 1)
            }
            if mark & RowOrder.lastOfTie != 0 {
                sides.0.close()
                sides.1.close()
            }
        }
        own = sides.0.side
        rest = sides.1.side
    }

    /// Sums over the rows of one side so far, and over those of equal score.
    private struct SideSums {
        private let positives: WeightTotals
        private let negatives: WeightTotals
        private let centre: Double
        private var below = ClassSums()
        private var tied = ClassSums()
        private var tiedSquares = ClassSums()
        private var wins = 0.0
        /// Σw²d and Σw²d², d the placement's distance from `centre`.
        private var firsts = ClassSums()
        private var seconds = ClassSums()

        init(_ table: DecisionTable, _ centre: Double) {
            positives = table.positives
            negatives = table.negatives
            self.centre = centre
        }

        mutating func tie(_ weight: Double, label: UInt8) {
            tied.add(weight, label: label)
            tiedSquares.add(weight * weight, label: label)
        }

        mutating func close() {
            guard tied.positive > 0 || tied.negative > 0, positives.sum > 0, negatives.sum > 0 else { return }
            let ofPositive = (below.negative + tied.negative / 2) / negatives.sum - centre
            let ofNegative = (positives.sum - below.positive - tied.positive / 2) / positives.sum - centre
            wins += tied.positive * (below.negative + tied.negative / 2)
            firsts.positive += tiedSquares.positive * ofPositive
            firsts.negative += tiedSquares.negative * ofNegative
            seconds.positive += tiedSquares.positive * ofPositive * ofPositive
            seconds.negative += tiedSquares.negative * ofNegative * ofNegative
            below.positive += tied.positive
            below.negative += tied.negative
            tied = ClassSums()
            tiedSquares = ClassSums()
        }

        var side: Side {
            guard positives.sum > 0, negatives.sum > 0 else { return Side(auc: nil, variance: nil) }
            let auc = min(1, wins / positives.sum / negatives.sum)
            let shift = auc - centre
            guard auc > 0, auc < 1,
                let ofPositives = positives.varianceOfMean(
                    max(0, seconds.positive - 2 * shift * firsts.positive + shift * shift * positives.squares)),
                let ofNegatives = negatives.varianceOfMean(
                    max(0, seconds.negative - 2 * shift * firsts.negative + shift * shift * negatives.squares))
            else { return Side(auc: auc, variance: nil) }
            return Side(auc: auc, variance: ofPositives + ofNegatives)
        }
    }
}
