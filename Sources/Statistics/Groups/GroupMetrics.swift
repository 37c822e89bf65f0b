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
    /// `codes` names each row's group, -1 for none. One walk along the shared score order ranks every group among its own; no
    /// group is sorted again. Nil when there is not one code per row or a code is out of range.
    package func metrics(byGroup codes: [Int32], groups: Int) -> [GroupMetrics]? {
        guard let confusions = confusions(byGroup: codes, groups: groups) else { return nil }
        let overall = auc()
        let ranks = GroupRanks(self, codes, groups: groups)
        return confusions.indices.map { group in
            let own = ranks.auc(of: group)
            let estimate = DeLong.estimate(own, ranks.squares(of: group), ranks.totals(of: group))
            guard let own, let overall else {
                let undefined = Estimate(value: nil, interval: nil, method: .delongPaired)
                return GroupMetrics(confusion: confusions[group], auc: estimate, aucDifference: undefined)
            }
            let interval = ranks.standardErrorOfDifference(group).map { error in
                Interval(lower: own - overall - Interval.z * error, upper: own - overall + Interval.z * error)
            }
            return GroupMetrics(
                confusion: confusions[group], auc: estimate,
                aucDifference: Estimate(value: own - overall, interval: interval, method: .delongPaired))
        }
    }

    /// Decisions and labels of every group, counted in one pass without branches. Nil as `metrics(byGroup:groups:)`.
    package func confusions(byGroup codes: [Int32], groups: Int) -> [ConfusionCounts]? {
        guard let cells = decisionCounts(byGroup: codes, groups: groups) else { return nil }
        return (0..<groups).map { group in
            var counts = ConfusionCounts()
            (counts.trueNegatives, counts.falsePositives) = (cells[4 * group], cells[4 * group + 1])
            (counts.falseNegatives, counts.truePositives) = (cells[4 * group + 2], cells[4 * group + 3])
            return counts
        }
    }

    /// Rows by group, label and decision: place group × 4 + label × 2 + decision. Nil as `metrics(byGroup:groups:)`.
    func decisionCounts(byGroup codes: [Int32], groups: Int) -> [Int]? {
        guard codes.count == count, groups >= 0, groups < Int(Int32.max) / 4 else { return nil }
        // Group 0 of the counts is that of rows without one, the last that of codes out of range.
        let parts = concurrentMap(count: Self.countedParts) { part in
            // Neighbouring rows are often of one cell; alternating tables spare the wait for the last addition to it.
            var counts = [Int](repeating: 0, count: 2 * 4 * (groups + 2))
            counts.withUnsafeMutableBufferPointer { counts in
                codes.withUnsafeBufferPointer { codes in
                    labels.withUnsafeBufferPointer { labels in
                        scores.withUnsafeBufferPointer { scores in
                            let end = UInt32(groups + 1)
                            for row in count * part / Self.countedParts..<count * (part + 1) / Self.countedParts {
                                let group = min(UInt32(bitPattern: codes[row] &+ 1), end)
                                let decision: UInt32 = scores[row] >= decisionThreshold ? 1 : 0
                                let cell = group &* 4 &+ UInt32(labels[row]) &* 2 &+ decision
                                counts[Int(cell) &* 2 &+ (row & 1)] &+= 1
                            }
                        }
                    }
                }
            }
            return counts
        }
        var cells = [Int](repeating: 0, count: 4 * (groups + 2))
        for part in parts {
            for (place, rows) in part.enumerated() { cells[place / 2] += rows }
        }
        guard cells.suffix(4).allSatisfy({ $0 == 0 }) else { return nil }
        return Array(cells[4..<4 * (groups + 1)])
    }

    private static let countedParts = 8
}
