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

    private let questions: GroupingQuestions
    private var list: GroupList { questions.list }
    private var rules: FairnessRules { questions.rules }
    private var groups: [GroupMetrics] { questions.groups }

    /// `questions` must have been adjusted together with those of the other groupings.
    init(_ questions: GroupingQuestions) {
        name = questions.list.name
        isIntersection = questions.list.isIntersection
        self.questions = questions
        judgeRanking()
        judgeSelection()
    }

    // MARK: Ranking

    /// Every group's AUC against that of all rows.
    private mutating func judgeRanking() {
        var open: [(group: Int, reason: String)] = []
        var unsure: [String] = []
        for (index, group) in groups.enumerated() {
            var verdict = Verdict.inconclusive
            var reason = questions.reasons[index]
            if let question = questions.ranking[index] {
                verdict = question.verdict(rules.judgedBy)
                greatestGap = max(greatestGap ?? 0, question.value)
                let (shown, limit) = Wording.apart(question.value, rules.aucGapMax, decimals: 3)
                switch verdict {
                case .fail:
                    failures.append(
                        "\(name): AUC gap of \(list.groups[index]) \(shown) > \(limit) (n = \(group.count)\(chance(question)))")
                case .inconclusive, .error:
                    reason = undecided(question, decimals: 3)
                    open.append((index, "AUC gap \(shown), " + (reason ?? "")))
                case .pass: break
                }
                if rules.judgedBy == .point, question.isOpen {
                    unsure.append("\(list.groups[index]) \(shown)" + intervalNote(question.interval))
                }
            } else if let reason {
                open.append((index, reason))
            }
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

    /// How sure a failure by intervals is: `, p = 0.003 among 12 questions` in a sentence's brackets.
    private func chance(_ question: GroupQuestion) -> String {
        guard rules.judgedBy == .interval, let p = question.adjustedP else { return "" }
        return p < 0.001 ? ", adjusted p < 0.001" : ", adjusted p = \(Wording.fixed(p, 3))"
    }

    /// Why intervals do not decide a question, and how many rows would.
    private func undecided(_ question: GroupQuestion, decimals: Int) -> String {
        guard let interval = question.interval else { return "no_interval" }
        let needed = Wording.rowsToDecide(question.value, interval, limit: question.limit.number, rows: question.rows)
        return "its interval \(Wording.range(interval, decimals: decimals)) does not settle it: \(needed)"
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

    /// The lowest against the highest selection rate, among the groups with enough rows; every group against the highest
    /// when intervals decide, because a rate may be low without being the lowest.
    private mutating func judgeSelection() {
        let places = questions.selectable
        let disparity = Disparity(places.map { groups[$0] })
        let rows = places.reduce(0) { $0 + groups[$1].count }
        guard let spread = disparity.selectionRate, let lowest = questions.selection.min(by: { $0.value < $1.value }) else {
            let reason =
                places.count < 2
                ? "fewer than two groups have \(rules.groupRowsMin) rows"
                : "no score reaches the decision threshold \(Wording.fixed(questions.decisionThreshold, 3))"
            recordUndefinedRatio(reason, rows)
            return
        }
        impactRatio = lowest.value
        let deciding = rules.judgedBy == .point ? [lowest] : questions.selection
        let verdicts = deciding.map { $0.verdict(rules.judgedBy) }
        let highName = list.groups[places[spread.highest.group]]
        func rates(_ question: GroupQuestion) -> String {
            let low = groups[question.group].confusion.selectionRate ?? 0
            return
                "\(highName) \(Wording.percent(spread.highest.value)) vs \(list.groups[question.group]) \(Wording.percent(low))"
        }
        for (question, verdict) in zip(deciding, verdicts) {
            let (shown, limit) = Wording.apart(question.value, rules.impactRatioMin, decimals: 2)
            let sentence = "\(name): impact ratio \(shown)"
            switch verdict {
            case .fail: failures.append("\(sentence) < \(limit) (\(rates(question))\(chance(question)))")
            case .inconclusive, .error:
                let text = "\(sentence) (\(rates(question))), \(undecided(question, decimals: 2))"
                if isIntersection || question.group == list.missingGroup {
                    warnings.append(text + ".")
                } else {
                    doubts.append(text)
                }
            case .pass: break
            }
            if rules.judgedBy == .point, question.isOpen, let interval = question.interval {
                warnings.append(
                    """
                    \(sentence) (\(Wording.range(interval, decimals: 2))) cannot be told from the limit \(limit) with 95 % \
                    confidence.
                    """
                )
            }
        }
        let verdict: Verdict = verdicts.contains(.fail) ? .fail : verdicts.contains(.inconclusive) ? .inconclusive : .pass
        measurements += [
            Measurement(
                "impact_ratio", subject: name, value: lowest.value, lower: lowest.interval?.lower,
                upper: lowest.interval?.upper, limit: .atLeast(rules.impactRatioMin), n: rows, verdict: verdict,
                reason: rates(lowest)),
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
