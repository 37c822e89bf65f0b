/// What a model does to one group of rows.
package struct GroupMetrics: Sendable, Equatable {
    package let confusion: ConfusionCounts
    /// No value where the group has a single class.
    package let auc: Estimate
    /// The group's AUC minus that of all rows. The interval is paired: it knows that the group is part of the whole.
    package let aucDifference: Estimate

    package var count: Int { confusion.count }
    package var hasBothClasses: Bool { confusion.positives > 0 && confusion.negatives > 0 }
    /// |AUC of the group − AUC of all rows|.
    package var aucGap: Double? { aucDifference.value.map { abs($0) } }

    /// The interval of the gap: that of the signed difference, folded at 0.
    package var aucGapInterval: Interval? {
        aucDifference.interval.map { signed in
            let ends = (abs(signed.lower), abs(signed.upper))
            return Interval(lower: signed.contains(0) ? 0 : min(ends.0, ends.1), upper: max(ends.0, ends.1))
        }
    }

    package var selectionRateInterval: Interval? { Proportion.wilson(confusion.selected, of: count) }
    package var truePositiveRateInterval: Interval? { Proportion.wilson(confusion.truePositives, of: confusion.positives) }
    package var falsePositiveRateInterval: Interval? { Proportion.wilson(confusion.falsePositives, of: confusion.negatives) }
}

extension BinaryScores {
    /// Metrics of every group, in the order of the codes 0 ..< `groups`; a group without rows has counts of 0.
    ///
    /// `codes` names each row's group, -1 for none. One pass sorts the rows into groups along the shared score order; no
    /// group is sorted again. Nil when there is not one code per row or a code is out of range.
    package func metrics(byGroup codes: [Int32], groups: Int) -> [GroupMetrics]? {
        guard codes.count == count, codes.allSatisfy({ $0 >= -1 && Int($0) < groups }) else { return nil }
        var confusions = [ConfusionCounts](repeating: ConfusionCounts(), count: groups)
        for row in codes.indices where codes[row] >= 0 {
            let group = Int(codes[row])
            switch (labels[row] == 1, scores[row] >= decisionThreshold) {
            case (true, true): confusions[group].truePositives += 1
            case (false, true): confusions[group].falsePositives += 1
            case (false, false): confusions[group].trueNegatives += 1
            case (true, false): confusions[group].falseNegatives += 1
            }
        }
        var ends = [Int](repeating: 0, count: groups)
        var sum = 0
        for group in ends.indices {
            sum += confusions[group].count
            ends[group] = sum
        }
        let positions = positions(byGroup: codes, ends: ends)
        var totals = [ClassTotals](repeating: ClassTotals(), count: groups)
        for row in codes.indices where codes[row] >= 0 {
            totals[Int(codes[row])].add(weights?.values[row] ?? 1, label: labels[row])
        }
        let overall = placements()
        return ends.indices.map { group in
            let range = ends[group] - confusions[group].count..<ends[group]
            return metrics(of: positions[range], confusions[group], totals[group], overall: overall)
        }
    }

    /// Places in the score order, group after group, ascending within each.
    private func positions(byGroup codes: [Int32], ends: [Int]) -> [Int] {
        var positions = [Int](repeating: 0, count: ends.last ?? 0)
        var free = ends
        for place in stride(from: count - 1, through: 0, by: -1) {
            let code = Int(codes[Int(order[place])])
            guard code >= 0 else { continue }
            free[code] -= 1
            positions[free[code]] = place
        }
        return positions
    }

    private func metrics(
        of positions: ArraySlice<Int>, _ confusion: ConfusionCounts, _ totals: ClassTotals, overall: Placements
    ) -> GroupMetrics {
        let own = placements(of: positions, totals: totals)
        let auc = own.estimate
        guard let value = own.auc, let whole = overall.auc else {
            let undefined = Estimate(value: nil, interval: nil, method: .delongPaired)
            return GroupMetrics(confusion: confusion, auc: auc, aucDifference: undefined)
        }
        let difference = value - whole
        let standardError = standardErrorOfDifference(own, positions, overall, values: (value, whole))
        let interval = standardError.map { error in
            Interval(lower: difference - Interval.z * error, upper: difference + Interval.z * error)
        }
        return GroupMetrics(
            confusion: confusion, auc: auc,
            aucDifference: Estimate(value: difference, interval: interval, method: .delongPaired))
    }

    /// DeLong's standard error of a group's AUC minus the AUC of all rows, which contain the group.
    ///
    /// A positive row of the group adds w(a/m_g − b/m) to the difference (a, b its centred placements in the group and overall,
    /// m the sums of weights), any other positive −wb/m; negatives alike. Nil where a class has fewer than two rows in the group, or where the group is
    /// ranked perfectly and its variance says nothing.
    private func standardErrorOfDifference(
        _ own: Placements, _ positions: ArraySlice<Int>, _ overall: Placements,
        values: (own: Double, overall: Double)
    ) -> Double? {
        guard values.own > 0, values.own < 1 else { return nil }
        guard count > positions.count else { return 0 }  // the group is everybody
        var products = ClassSums()
        for (value, position) in zip(own.values, positions) {
            let weight = weight(atPlace: position)
            let product = weight * weight * (value - values.own) * (overall.values[position] - values.overall)
            products.add(product, label: sortedLabels[position])
        }
        guard
            let ofPositives = variance(
                own.squares.positive, products.positive, overall.squares.positive, own.totals.positive, totals.positive),
            let ofNegatives = variance(
                own.squares.negative, products.negative, overall.squares.negative, own.totals.negative, totals.negative)
        else { return nil }
        let sum = ofPositives + ofNegatives
        return sum > 0 ? sum.squareRoot() : nil
    }

    /// One class's share of the variance of the difference.
    private func variance(
        _ ownSquares: Double, _ product: Double, _ allSquares: Double, _ own: WeightTotals, _ all: WeightTotals
    ) -> Double? {
        guard let ofOwn = own.varianceOfMean(ownSquares), let ofAll = all.varianceOfMean(allSquares) else { return nil }
        // The covariance takes the group's small-sample factor, as the larger of the two.
        let covariance = product / ((own.sum - own.squares / own.sum) * all.sum)
        return ofOwn - 2 * covariance + ofAll
    }
}
