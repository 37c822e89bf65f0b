import GatehouseCore
import Rendering
import Statistics

/// What the fairness rules say about one grouping.
struct GroupingFinding {
    let name: String
    let isIntersection: Bool
    /// Broken rules, in words.
    private(set) var failures: [String] = []
    /// What keeps the verdict open.
    private(set) var doubts: [String] = []
    private(set) var warnings: [String] = []
    private(set) var measurements: [Measurement] = []
    private(set) var greatestGap: Double?
    private(set) var impactRatio: Double?

    private let list: GroupList
    private let rules: FairnessRules
    private let groups: [GroupMetrics]
    private let decisionThreshold: Double

    /// Nil when the list's codes do not fit the rows.
    init?(_ list: GroupList, _ scores: BinaryScores, _ rules: FairnessRules) {
        guard let groups = scores.metrics(byGroup: list.codes, groups: list.groups.count) else { return nil }
        name = list.name
        isIntersection = list.isIntersection
        self.list = list
        self.rules = rules
        self.groups = groups
        decisionThreshold = scores.decisionThreshold
        judgeRanking()
        judgeSelection()
    }

    // MARK: Ranking

    /// Every group's AUC against that of all rows.
    private mutating func judgeRanking() {
        var open: [(group: Int, reason: String)] = []
        var unsure: [String] = []
        for (index, group) in groups.enumerated() {
            let reason = reasonAgainstJudging(group)
            var verdict = Verdict.inconclusive
            if reason == nil, let gap = group.aucGap {
                verdict = gap <= rules.aucGapMax ? .pass : .fail
                greatestGap = max(greatestGap ?? 0, gap)
                let (shown, limit) = Wording.apart(gap, rules.aucGapMax, decimals: 3)
                if verdict == .fail {
                    failures.append("\(name): AUC gap of \(list.groups[index]) \(shown) > \(limit) (n = \(group.count))")
                }
                let isSure = group.aucGapInterval.map { !$0.contains(rules.aucGapMax) } ?? false
                if !isSure { unsure.append("\(list.groups[index]) \(shown)" + intervalNote(group.aucGapInterval)) }
            }
            if let reason { open.append((index, reason)) }
            record(group, index, verdict, reason)
        }
        if !unsure.isEmpty {
            warnings.append(
                """
                \(name): \(Wording.count(unsure.count, "AUC gap")) cannot be told from the limit \
                \(Wording.fixed(rules.aucGapMax, 3)) with 95 % confidence: \(Wording.list(unsure)).
                """
            )
        }
        let thin = open.filter { isIntersection || $0.group == list.missingGroup }
        let named = open.filter { !isIntersection && $0.group != list.missingGroup }
        if !thin.isEmpty { warnings.append("\(name): not judged: \(Wording.list(thin.map(describe))).") }
        if !named.isEmpty { doubts.append("\(name): cannot judge \(Wording.list(named.map(describe)))") }
    }

    private func describe(_ open: (group: Int, reason: String)) -> String {
        "\(list.groups[open.group]) (n = \(groups[open.group].count)): \(open.reason)"
    }

    private func intervalNote(_ interval: Interval?) -> String {
        interval.map { " (\(Wording.range($0, decimals: 3)))" } ?? ""
    }

    private func reasonAgainstJudging(_ group: GroupMetrics) -> String? {
        if group.count == 0 { return "empty" }
        if group.count < rules.groupRowsMin { return "too_small (n < \(rules.groupRowsMin))" }
        if !group.hasBothClasses { return "single_class" }
        if min(group.confusion.positives, group.confusion.negatives) < rules.classRowsMin {
            return "too_few_of_a_class (< \(rules.classRowsMin))"
        }
        return nil
    }

    private mutating func record(_ group: GroupMetrics, _ index: Int, _ verdict: Verdict, _ reason: String?) {
        let subject = list.subjects[index]
        func measurement(_ metric: String, _ value: Double?, _ interval: Interval?, n: Int) -> Measurement {
            Measurement(
                metric, subject: subject, value: value, lower: interval?.lower, upper: interval?.upper, n: n,
                reason: value == nil ? reason ?? "undefined" : nil)
        }
        let counts = group.confusion
        let gap = group.aucGapInterval
        measurements += [
            Measurement(
                "auc_gap", subject: subject, value: group.aucGap, lower: gap?.lower, upper: gap?.upper,
                limit: .atMost(rules.aucGapMax), n: group.count, verdict: verdict, reason: reason),
            measurement("auc", group.auc.value, group.auc.interval, n: group.count),
            measurement("selection_rate", counts.selectionRate, group.selectionRateInterval, n: group.count),
            measurement("true_positive_rate", counts.truePositiveRate, group.truePositiveRateInterval, n: counts.positives),
            measurement("false_positive_rate", counts.falsePositiveRate, group.falsePositiveRateInterval, n: counts.negatives),
        ]
    }

    // MARK: Selection

    /// The lowest against the highest selection rate, among the groups with enough rows.
    private mutating func judgeSelection() {
        let places = groups.indices.filter { groups[$0].count >= rules.groupRowsMin }
        let disparity = Disparity(places.map { groups[$0] })
        let rows = places.reduce(0) { $0 + groups[$1].count }
        guard places.count >= 2, let spread = disparity.selectionRate, let ratio = spread.ratio else {
            let reason =
                places.count < 2
                ? "fewer than two groups have \(rules.groupRowsMin) rows"
                : "no score reaches the decision threshold \(Wording.fixed(decisionThreshold, 3))"
            recordUndefinedRatio(reason, rows)
            return
        }
        impactRatio = ratio
        let low = groups[places[spread.lowest.group]].confusion
        let high = groups[places[spread.highest.group]].confusion
        let interval = Proportion.ratio((low.selected, low.count), to: (high.selected, high.count))
        let verdict: Verdict = ratio >= rules.impactRatioMin ? .pass : .fail
        let lowName = list.groups[places[spread.lowest.group]]
        let highName = list.groups[places[spread.highest.group]]
        let rates =
            "\(highName) \(Wording.percent(spread.highest.value)) vs \(lowName) \(Wording.percent(spread.lowest.value))"
        let (shown, limit) = Wording.apart(ratio, rules.impactRatioMin, decimals: 2)
        if verdict == .fail { failures.append("\(name): impact ratio \(shown) < \(limit) (\(rates))") }
        if let interval, interval.contains(rules.impactRatioMin) {
            warnings.append(
                """
                \(name): the impact ratio \(shown) (\(Wording.range(interval, decimals: 2))) cannot be told from the limit \
                \(limit) with 95 % confidence.
                """
            )
        }
        measurements += [
            Measurement(
                "impact_ratio", subject: name, value: ratio, lower: interval?.lower, upper: interval?.upper,
                limit: .atLeast(rules.impactRatioMin), n: rows, verdict: verdict, reason: rates),
            Measurement(
                "demographic_parity_difference", subject: name, value: disparity.demographicParityDifference, n: rows),
            Measurement(
                "equalized_odds_difference", subject: name, value: disparity.equalizedOddsDifference, n: rows,
                reason: disparity.equalizedOddsDifference == nil ? "single_class" : nil),
        ]
    }

    private mutating func recordUndefinedRatio(_ reason: String, _ rows: Int) {
        let text = "\(name): no impact ratio, \(reason)"
        if isIntersection { warnings.append(text + ".") } else { doubts.append(text) }
        measurements.append(
            Measurement(
                "impact_ratio", subject: name, value: nil, limit: .atLeast(rules.impactRatioMin), n: rows,
                verdict: .inconclusive, reason: reason))
    }
}
