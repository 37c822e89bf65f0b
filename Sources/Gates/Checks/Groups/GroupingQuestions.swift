import GatehouseCore
import Statistics

/// What the groups of one grouping answer to the fairness rules, before anything is judged.
struct GroupingQuestions {
    let list: GroupList
    let rules: FairnessRules
    let groups: [GroupMetrics]
    let tables: [DecisionTable]
    let decisionThreshold: Double
    /// Why a group's ranking cannot be judged.
    let reasons: [Undefined?]
    /// Each group's AUC gap; nil where `reasons` says why.
    private(set) var ranking: [GroupQuestion?]
    /// The groups with enough rows to compare selection rates, as places in the list.
    let selectable: [Int]
    /// Each selectable group's rate against the highest one.
    private(set) var selection: [GroupQuestion]
    /// Each group's AUC minus the champion's in the same rows. Empty without a champion.
    private(set) var againstChampion: [GroupQuestion?]

    /// Nil when the grouping is not of these rows.
    init?(_ grouping: Grouping, _ scores: BinaryScores, champion: BinaryScores?, _ rules: FairnessRules) {
        let count = grouping.groups.count
        guard let groups = scores.metrics(byGroup: grouping.codes, groups: count),
            let tables = scores.decisionTables(byGroup: grouping.codes, groups: count)
        else { return nil }
        list = GroupList(grouping)
        self.rules = rules
        self.groups = groups
        self.tables = tables
        decisionThreshold = scores.decisionThreshold
        let reasons = tables.map { rules.minimums.reasonAgainst(ranking: $0) }
        self.reasons = reasons
        ranking = groups.indices.map {
            reasons[$0] == nil ? Self.rankingQuestion($0, groups[$0], rows: tables[$0].all.rows, rules) : nil
        }
        selectable = tables.indices.filter { rules.minimums.reasonAgainst(.selectionRate, in: tables[$0]) == nil }
        selection = Self.selectionQuestions(selectable, tables, rules)
        guard let champion else {
            againstChampion = []
            return
        }
        guard let changes = GroupComparison.againstBaseline(scores, champion, grouping, minimums: rules.minimums) else {
            return nil
        }
        againstChampion = changes.enumerated().map { place, change in
            Self.championQuestion(place, change.auc, rows: tables[place].all.rows, rules)
        }
    }

    /// Adjusts the p-values of all questions of an evaluation as one family.
    static func adjustTogether(_ groupings: inout [GroupingQuestions]) {
        let family = groupings.flatMap { $0.ranking + $0.selection + $0.againstChampion }.compactMap { $0?.p }
        var adjusted = Multiplicity.holm.adjusted(family).makeIterator()
        func adjust(_ question: inout GroupQuestion) {
            if question.p != nil { question.adjustedP = adjusted.next() }
        }
        for index in groupings.indices {
            for place in groupings[index].ranking.indices {
                if var question = groupings[index].ranking[place] {
                    adjust(&question)
                    groupings[index].ranking[place] = question
                }
            }
            for place in groupings[index].selection.indices { adjust(&groupings[index].selection[place]) }
            for place in groupings[index].againstChampion.indices {
                if var question = groupings[index].againstChampion[place] {
                    adjust(&question)
                    groupings[index].againstChampion[place] = question
                }
            }
        }
    }

    /// The two-sided question "is the gap at most the limit?", at the limit's nearer and farther side.
    private static func rankingQuestion(
        _ place: Int, _ group: GroupMetrics, rows: Int, _ rules: FairnessRules
    ) -> GroupQuestion? {
        guard let gap = group.aucGap else { return nil }
        let p = standardError(group.aucDifference.interval).map { error in
            min(1, Normal.cdf((rules.aucGapMax - gap) / error) + Normal.cdf((-rules.aucGapMax - gap) / error))
        }
        return GroupQuestion(
            group: place, value: gap, interval: group.aucGapInterval, limit: .atMost(rules.aucGapMax), rows: rows, p: p)
    }

    /// The highest rate was picked because it is the highest, so each p-value pays for all pairs there are: k(k−1)/2 of them
    /// share k−1 questions.
    private static func selectionQuestions(
        _ places: [Int], _ tables: [DecisionTable], _ rules: FairnessRules
    ) -> [GroupQuestion] {
        let rates = places.map { DecisionMetric.selectionRate.share(tables[$0]) }
        let highest = rates.indices.max { (rates[$0]?.value ?? 0) < (rates[$1]?.value ?? 0) }
        guard places.count >= 2, let highest, let best = rates[highest], (best.value ?? 0) > 0 else { return [] }
        return places.indices.filter { $0 != highest }.compactMap { position in
            guard let own = rates[position], let ratio = RateRatio(own, to: best), let value = ratio.value else { return nil }
            let p = ratio.p(atLeast: rules.impactRatioMin).map { min(1, $0 * Double(places.count) / 2) }
            return GroupQuestion(
                group: places[position], value: value, interval: ratio.interval, limit: .atLeast(rules.impactRatioMin),
                rows: tables[places[position]].all.rows, p: p)
        }
    }

    /// Without a limit in the policy the difference is recorded and never judged.
    private static func championQuestion(
        _ place: Int, _ change: GroupDifference, rows: Int, _ rules: FairnessRules
    ) -> GroupQuestion? {
        guard let difference = change.difference, change.reason == nil || change.reason == .noVariance else { return nil }
        let limit = -(rules.championLossMax ?? 1)
        let p = rules.championLossMax.flatMap { _ in standardError(change.interval) }.map {
            Normal.cdf((difference - limit) / $0)
        }
        return GroupQuestion(
            group: place, value: difference, interval: change.interval, limit: .atLeast(limit), rows: rows, p: p)
    }

    private static func standardError(_ interval: Interval?) -> Double? {
        guard let interval, interval.upper > interval.lower else { return nil }
        return (interval.upper - interval.lower) / (2 * Interval.z)
    }
}
