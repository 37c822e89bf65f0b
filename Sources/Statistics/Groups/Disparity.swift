/// How unlike the groups of one grouping are treated. Groups without rows, and rates over nothing, take no part.
package struct Disparity: Sendable, Equatable {
    /// A value with the place in the list of the group that shows it.
    package struct Extreme: Sendable, Equatable {
        package let group: Int
        package let value: Double
    }

    /// The least and the greatest value of a rate.
    package struct Spread: Sendable, Equatable {
        package let lowest: Extreme
        package let highest: Extreme

        package var difference: Double { highest.value - lowest.value }
        /// Least over greatest. Nil when every value is 0.
        package var ratio: Double? { highest.value > 0 ? lowest.value / highest.value : nil }

        fileprivate init?(_ values: [Double?]) {
            let defined = values.enumerated().compactMap { group, value in
                value.map { Extreme(group: group, value: $0) }
            }
            guard let lowest = defined.min(by: { $0.value < $1.value }),
                let highest = defined.max(by: { $0.value < $1.value })
            else { return nil }
            self.lowest = lowest
            self.highest = highest
        }
    }

    package let selectionRate: Spread?
    package let truePositiveRate: Spread?
    package let falsePositiveRate: Spread?
    /// The largest |AUC of the group − AUC of all rows|.
    package let greatestAUCGap: Extreme?

    package init(_ groups: [GroupMetrics]) {
        selectionRate = Spread(groups.map(\.confusion.selectionRate))
        truePositiveRate = Spread(groups.map(\.confusion.truePositiveRate))
        falsePositiveRate = Spread(groups.map(\.confusion.falsePositiveRate))
        greatestAUCGap = Spread(groups.map(\.aucGap))?.highest
    }

    /// Of weighted rows. `aucGaps` are |AUC of the group − AUC of all rows|, one per table.
    package init(_ tables: [DecisionTable], aucGaps: [Double?]) {
        selectionRate = Spread(tables.map { DecisionMetric.selectionRate.share($0)?.value })
        truePositiveRate = Spread(tables.map { DecisionMetric.recall.share($0)?.value })
        falsePositiveRate = Spread(tables.map { DecisionMetric.falsePositiveRate.share($0)?.value })
        greatestAUCGap = Spread(aucGaps)?.highest
    }

    /// Least over greatest selection rate (the four-fifths rule's number); nil when nobody is selected.
    package var impactRatio: Double? { selectionRate?.ratio }
    package var demographicParityDifference: Double? { selectionRate?.difference }
    package var equalOpportunityDifference: Double? { truePositiveRate?.difference }
    /// Least over greatest true positive rate; nil when no positive is selected anywhere.
    package var equalOpportunityRatio: Double? { truePositiveRate?.ratio }

    /// The larger of the differences of true and of false positive rates. Nil when either is undefined everywhere.
    package var equalizedOddsDifference: Double? {
        guard let truePositiveRate, let falsePositiveRate else { return nil }
        return max(truePositiveRate.difference, falsePositiveRate.difference)
    }
    /// The smaller of the ratios of true and of false positive rates. Nil when either is undefined.
    package var equalizedOddsRatio: Double? {
        guard let truePositives = truePositiveRate?.ratio, let falsePositives = falsePositiveRate?.ratio else { return nil }
        return min(truePositives, falsePositives)
    }
}
