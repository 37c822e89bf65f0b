import GatehouseCore
import Statistics

/// What the groups of one grouping answer to the fairness rules, before anything is judged.
struct GroupingQuestions {
    let list: GroupList
    let rules: FairnessRules
    let groups: [GroupMetrics]
    let decisionThreshold: Double
    /// Why a group's ranking cannot be judged: `empty`, `single_class`, …
    let reasons: [String?]
    /// Each group's AUC gap; nil where `reasons` says why.
    private(set) var ranking: [GroupQuestion?]
    /// The groups with enough rows to compare selection rates, as places in the list.
    let selectable: [Int]
    /// Each selectable group's rate against the highest one.
    private(set) var selection: [GroupQuestion]

    /// Nil when the list's codes do not fit the rows.
    init?(_ list: GroupList, _ scores: BinaryScores, _ rules: FairnessRules) {
        guard let groups = scores.metrics(byGroup: list.codes, groups: list.groups.count) else { return nil }
        self.list = list
        self.rules = rules
        self.groups = groups
        decisionThreshold = scores.decisionThreshold
        let reasons = groups.map { Self.reasonAgainstJudging($0, rules) }
        self.reasons = reasons
        ranking = groups.indices.map { reasons[$0] == nil ? Self.rankingQuestion($0, groups[$0], rules) : nil }
        selectable = groups.indices.filter { groups[$0].count >= rules.groupRowsMin }
        selection = Self.selectionQuestions(selectable, groups, rules)
    }

    /// Adjusts the p-values of all questions of an evaluation as one family.
    static func adjustTogether(_ groupings: inout [GroupingQuestions]) {
        let family = groupings.flatMap { $0.ranking.compactMap { $0 } + $0.selection }.compactMap(\.p)
        var adjusted = Multiplicity.holm.adjusted(family).makeIterator()
        for index in groupings.indices {
            for group in groupings[index].ranking.indices where groupings[index].ranking[group]?.p != nil {
                groupings[index].ranking[group]?.adjustedP = adjusted.next()
            }
            for place in groupings[index].selection.indices where groupings[index].selection[place].p != nil {
                groupings[index].selection[place].adjustedP = adjusted.next()
            }
        }
    }

    private static func reasonAgainstJudging(_ group: GroupMetrics, _ rules: FairnessRules) -> String? {
        if group.count == 0 { return "empty" }
        if group.count < rules.groupRowsMin { return "too_small (n < \(rules.groupRowsMin))" }
        if !group.hasBothClasses { return "single_class" }
        if min(group.confusion.positives, group.confusion.negatives) < rules.classRowsMin {
            return "too_few_of_a_class (< \(rules.classRowsMin))"
        }
        return nil
    }

    /// The two-sided question "is the gap at most the limit?", at the limit's nearer and farther side.
    private static func rankingQuestion(_ place: Int, _ group: GroupMetrics, _ rules: FairnessRules) -> GroupQuestion? {
        guard let gap = group.aucGap else { return nil }
        let p = group.aucDifference.interval.flatMap { interval -> Double? in
            let standardError = (interval.upper - interval.lower) / (2 * Interval.z)
            guard standardError > 0 else { return nil }
            let (near, far) = ((rules.aucGapMax - gap) / standardError, (-rules.aucGapMax - gap) / standardError)
            return min(1, Normal.cdf(near) + Normal.cdf(far))
        }
        return GroupQuestion(
            group: place, value: gap, interval: group.aucGapInterval, limit: .atMost(rules.aucGapMax), rows: group.count, p: p)
    }

    /// The highest rate was picked because it is the highest, so each p-value pays for all pairs there are: k(k−1)/2 of them
    /// share k−1 questions.
    private static func selectionQuestions(
        _ places: [Int], _ groups: [GroupMetrics], _ rules: FairnessRules
    ) -> [GroupQuestion] {
        let spread = Disparity(places.map { groups[$0] }).selectionRate
        guard places.count >= 2, let spread, spread.highest.value > 0 else { return [] }
        let highest = groups[places[spread.highest.group]].confusion
        return places.enumerated().compactMap { position, place in
            guard position != spread.highest.group else { return nil }
            let counts = groups[place].confusion
            guard let ratio = RateRatio((counts.selected, counts.count), to: (highest.selected, highest.count)),
                let value = ratio.value
            else { return nil }
            let p = ratio.p(atLeast: rules.impactRatioMin).map { min(1, $0 * Double(places.count) / 2) }
            return GroupQuestion(
                group: place, value: value, interval: ratio.interval, limit: .atLeast(rules.impactRatioMin), rows: counts.count,
                p: p)
        }
    }
}
