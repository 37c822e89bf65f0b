/// What a model does to the groups of one grouping: each of them, each against the rest, and each beside the baseline.
package struct GroupedMeasurement: Sendable {
    package struct Group: Sendable {
        /// What the group has in each column of the grouping.
        package let names: [String?]
        /// Rows, whatever they weigh.
        package let counts: ConfusionCounts
        package let table: DecisionTable
        package let auc: Estimate
        /// The group's AUC minus that of all rows.
        package let aucDifference: Estimate
        /// Why the group is not judged, or not in all respects. Its numbers are shown as far as they are defined.
        package let reason: Undefined?
        package let complement: ComplementComparison
        /// Nil without a baseline.
        package let baseline: BaselineComparison?
    }

    package let grouping: Grouping
    package let groups: [Group]
    /// Over all groups that have rows.
    package let disparity: Disparity
    /// Over the groups that are large enough to be judged.
    package let judgedDisparity: Disparity

    /// Nil when the grouping is not of these rows, or the baseline not of the same ones.
    package init?(
        _ scores: BinaryScores, baseline: BinaryScores? = nil, _ grouping: Grouping, minimums: GroupMinimums = GroupMinimums()
    ) {
        let count = grouping.groups.count
        guard let metrics = scores.metrics(byGroup: grouping.codes, groups: count),
            let tables = scores.decisionTables(byGroup: grouping.codes, groups: count),
            let complements = GroupComparison.againstComplement(scores, grouping, minimums: minimums)
        else { return nil }
        var baselines: [BaselineComparison]?
        if let baseline {
            baselines = GroupComparison.againstBaseline(scores, baseline, grouping, minimums: minimums)
            if baselines == nil { return nil }
        }
        let groups = tables.indices.map { group in
            Group(
                names: grouping.groups[group], counts: metrics[group].confusion, table: tables[group], auc: metrics[group].auc,
                aucDifference: metrics[group].aucDifference, reason: minimums.reasonAgainst(ranking: tables[group]),
                complement: complements[group], baseline: baselines?[group])
        }
        self.grouping = grouping
        self.groups = groups
        disparity = Disparity(tables, aucGaps: metrics.map(\.aucGap))
        let judged = tables.indices.filter { groups[$0].reason != .empty && groups[$0].reason != .tooSmall }
        judgedDisparity = Disparity(judged.map { tables[$0] }, aucGaps: judged.map { metrics[$0].aucGap })
    }
}
