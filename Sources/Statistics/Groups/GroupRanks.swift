/// Every group ranked among its own rows and among all, from one walk along the shared score order.
///
/// Placements are taken from about where they will lie, the AUC of all rows, so that their squares lose no digits.
struct GroupRanks {
    /// Sums over one class of one group; w a row's weight, v its placement in the group, V that among all rows, A the AUC of
    /// all rows.
    private struct Sums {
        var totals = WeightTotals()
        var below = 0.0
        var tied = 0.0
        /// Σ w × the other class's weight below, half of what is tied.
        var wins = 0.0
        /// Σ w²(v − A), Σ w²(v − A)², Σ w²(v − A)(V − A), Σ w²(V − A).
        var first = 0.0
        var second = 0.0
        var product = 0.0
        var overallFirst = 0.0
    }

    /// By group × 2 + label.
    private var sums: [Sums]
    private let overallAUC: Double
    private let overallTotals: ClassTotals
    private let overallSquares: ClassSums

    /// `codes` are one per row, from -1 to `groups` - 1.
    init(_ scores: BinaryScores, _ codes: [Int32], groups: Int) {
        sums = [Sums](repeating: Sums(), count: 2 * groups)
        overallTotals = scores.totals
        overallAUC = scores.auc() ?? 0.5
        overallSquares = scores.hasBothClasses ? scores.placementSquares() : ClassSums()
        guard scores.hasBothClasses else { return }
        for row in codes.indices where codes[row] >= 0 {
            sums[2 * Int(codes[row]) + Int(scores.labels[row])].totals.add(scores.weights?.values[row] ?? 1)
        }
        let order = scores.rowOrder
        // Looked up once, ahead of the walk: such a loop waits for many places of memory at once.
        let codes = order.rows.map { codes[Int($0)] }
        let weights = scores.weights.map { weights in order.rows.map { weights.values[Int($0)] } }
        var below = ClassSums()
        var tied = ClassSums()
        var start = 0
        for (place, mark) in order.marks.enumerated() {
            let weight = weights?[place] ?? 1
            tied.add(weight, label: mark & 1)
            if codes[place] >= 0 { sums[2 * Int(codes[place]) + Int(mark & 1)].tied += weight }
            guard mark & RowOrder.lastOfTie != 0 else { continue }
            let ofPositive = (below.negative + 0.5 * tied.negative) / overallTotals.negative.sum - overallAUC
            let ofNegative =
                1 - (below.positive + 0.5 * tied.positive) / overallTotals.positive.sum - overallAUC
            for place in start...place where codes[place] >= 0 {
                let label = Int(order.marks[place] & 1)
                add(
                    weights?[place] ?? 1, group: Int(codes[place]), label: label,
                    overall: label == 1 ? ofPositive : ofNegative)
            }
            for place in start...place where codes[place] >= 0 {
                close(2 * Int(codes[place]) + Int(order.marks[place] & 1))
            }
            below += tied
            tied = ClassSums()
            start = place + 1
        }
    }

    @inline(__always)
    private mutating func add(_ weight: Double, group: Int, label: Int, overall: Double) {
        let other = sums[2 * group + 1 - label]
        guard other.totals.sum > 0 else { return }
        let wins = other.below + 0.5 * other.tied
        let share = wins / other.totals.sum
        let placement = (label == 1 ? share : 1 - share) - overallAUC
        let square = weight * weight
        let cell = 2 * group + label
        sums[cell].wins += weight * wins
        sums[cell].first += square * placement
        sums[cell].second += square * placement * placement
        sums[cell].product += square * placement * overall
        sums[cell].overallFirst += square * overall
    }

    @inline(__always)
    private mutating func close(_ cell: Int) {
        sums[cell].below += sums[cell].tied
        sums[cell].tied = 0
    }

    func totals(of group: Int) -> ClassTotals {
        ClassTotals(positive: sums[2 * group + 1].totals, negative: sums[2 * group].totals)
    }

    /// Nil unless the group has both classes.
    func auc(of group: Int) -> Double? {
        let (positive, negative) = (sums[2 * group + 1], sums[2 * group])
        guard positive.totals.sum > 0, negative.totals.sum > 0 else { return nil }
        return min(1, positive.wins / (positive.totals.sum * negative.totals.sum))
    }

    /// Σw²(v − AUC of the group)² of each class.
    func squares(of group: Int) -> ClassSums {
        let shift = (auc(of: group) ?? overallAUC) - overallAUC
        func centred(_ sums: Sums) -> Double {
            max(0, sums.second - 2 * shift * sums.first + shift * shift * sums.totals.squares)
        }
        return ClassSums(positive: centred(sums[2 * group + 1]), negative: centred(sums[2 * group]))
    }

    /// DeLong's standard error of a group's AUC minus the AUC of all rows, which contain the group.
    ///
    /// A positive row of the group adds w(a/m_g − b/m) to the difference (a, b its centred placements in the group and overall,
    /// m the sums of weights), any other positive −wb/m; negatives alike. Nil where a class has fewer than two rows in the group,
    /// or where the group is ranked perfectly and its variance says nothing.
    func standardErrorOfDifference(_ group: Int) -> Double? {
        guard let auc = auc(of: group), auc > 0, auc < 1 else { return nil }
        let totals = totals(of: group)
        guard totals != overallTotals else { return 0 }  // the group is everybody
        let squares = squares(of: group)
        let shift = auc - overallAUC
        func variance(_ cell: Sums, _ own: Double, _ overall: Double, _ all: WeightTotals) -> Double? {
            guard let ofOwn = cell.totals.varianceOfMean(own), let ofAll = all.varianceOfMean(overall) else { return nil }
            let product = cell.product - shift * cell.overallFirst
            // The covariance takes the group's small-sample factor, as the larger of the two.
            let covariance = product / ((cell.totals.sum - cell.totals.squares / cell.totals.sum) * all.sum)
            return ofOwn - 2 * covariance + ofAll
        }
        guard
            let ofPositives = variance(
                sums[2 * group + 1], squares.positive, overallSquares.positive, overallTotals.positive),
            let ofNegatives = variance(sums[2 * group], squares.negative, overallSquares.negative, overallTotals.negative)
        else { return nil }
        let sum = ofPositives + ofNegatives
        return sum > 0 ? sum.squareRoot() : nil
    }
}
