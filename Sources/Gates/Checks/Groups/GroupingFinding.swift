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
    private var tables: [DecisionTable] { questions.tables }

    /// `questions` must have been adjusted together with those of the other groupings.
    init(_ questions: GroupingQuestions) {
        name = questions.list.name
        isIntersection = questions.list.isIntersection
        self.questions = questions
        judgeRanking()
        judgeSelection()
        judgeAgainstChampion()
    }

    // MARK: Ranking

    /// Every group's AUC against that of all rows.
    private mutating func judgeRanking() {
        var open: [(group: Int, reason: String)] = []
        var unsure: [String] = []
        for index in tables.indices {
            var verdict = Verdict.inconclusive
            var reason = questions.reasons[index].map(words)
            if let question = questions.ranking[index] {
                verdict = question.verdict(rules.judgedBy)
                greatestGap = max(greatestGap ?? 0, question.value)
                let (shown, limit) = Wording.apart(question.value, rules.aucGapMax, decimals: 3)
                switch verdict {
                case .fail:
                    failures.append(
                        "\(name): AUC gap of \(list.groups[index]) \(shown) > \(limit) (n = \(question.rows)\(chance(question)))")
                case .inconclusive, .error:
                    let undecided = undecided(question, decimals: 3)
                    open.append((index, "AUC gap \(shown), \(undecided)"))
                    reason = undecided
                case .pass: break
                }
                if rules.judgedBy == .point, question.isOpen {
                    unsure.append("\(list.groups[index]) \(shown)" + intervalNote(question.interval))
                }
            } else if let reason {
                open.append((index, reason))
            }
            record(index, verdict, reason)
        }
        if !unsure.isEmpty {
            warnings.append(
                """
                \(name): \(Wording.count(unsure.count, "AUC gap")) cannot be told from the limit \
                \(Wording.fixed(rules.aucGapMax, 3)) with 95 % confidence: \(Wording.list(unsure)).
                """
            )
        }
        leaveOpen(open)
    }

    private mutating func leaveOpen(_ open: [(group: Int, reason: String)]) {
        func describe(_ open: (group: Int, reason: String)) -> String {
            "\(list.groups[open.group]) (n = \(tables[open.group].all.rows)): \(open.reason)"
        }
        let thin = open.filter { list.isThin[$0.group] }
        let named = open.filter { !list.isThin[$0.group] }
        if !thin.isEmpty { warnings.append("\(name): not judged: \(Wording.list(thin.map(describe))).") }
        if !named.isEmpty { doubts.append("\(name): cannot judge \(Wording.list(named.map(describe)))") }
    }

    private func words(_ reason: Undefined) -> String {
        switch reason {
        case .tooSmall: "\(reason.rawValue) (n < \(rules.minimums.rows))"
        case .tooFewOfAClass: "\(reason.rawValue) (< \(rules.minimums.classRows))"
        default: reason.rawValue
        }
    }

    private func intervalNote(_ interval: Interval?) -> String {
        interval.map { " (\(Wording.range($0, decimals: 3)))" } ?? ""
    }

    /// How sure a failure by intervals is, for a sentence's brackets.
    private func chance(_ question: GroupQuestion) -> String {
        guard rules.judgedBy == .interval, let p = question.adjustedP else { return "" }
        return p < 0.001 ? ", adjusted p < 0.001" : ", adjusted p = \(Wording.fixed(p, 3))"
    }

    /// Why intervals do not decide a question, and how many rows would.
    private func undecided(_ question: GroupQuestion, decimals: Int) -> String {
        guard let interval = question.interval else { return "which has no interval" }
        let needed = Wording.rowsToDecide(question.value, interval, limit: question.limit.number, rows: question.rows)
        return "its interval \(Wording.range(interval, decimals: decimals)) does not settle it: \(needed)"
    }

    private mutating func record(_ index: Int, _ verdict: Verdict, _ reason: String?) {
        let subject = list.subjects[index]
        let (group, table) = (questions.groups[index], tables[index])
        func rate(_ name: String, _ metric: DecisionMetric, of whole: WeightTotals) -> Measurement {
            let share = metric.share(table)
            return Measurement(
                name, subject: subject, value: share?.value, lower: share?.interval?.lower, upper: share?.interval?.upper,
                n: whole.rows, reason: share?.value == nil ? reason ?? "undefined" : nil)
        }
        let gap = group.aucGapInterval
        let auc = group.auc
        measurements += [
            Measurement(
                "auc_gap", subject: subject, value: group.aucGap, lower: gap?.lower, upper: gap?.upper,
                limit: .atMost(rules.aucGapMax), n: table.all.rows, verdict: verdict, reason: reason),
            Measurement(
                "auc", subject: subject, value: auc.value, lower: auc.interval?.lower, upper: auc.interval?.upper,
                n: table.all.rows, reason: auc.value == nil ? reason ?? "undefined" : nil),
            rate("selection_rate", .selectionRate, of: table.all), rate("true_positive_rate", .recall, of: table.positives),
            rate("false_positive_rate", .falsePositiveRate, of: table.negatives),
        ]
    }

    // MARK: Selection

    /// The lowest against the highest selection rate, among the groups with enough rows; every group against the highest
    /// when intervals decide, because a rate may be low without being the lowest.
    private mutating func judgeSelection() {
        let places = questions.selectable
        let disparity = Disparity(places.map { tables[$0] }, aucGaps: [])
        let rows = places.reduce(0) { $0 + tables[$1].all.rows }
        guard let spread = disparity.selectionRate, let lowest = questions.selection.min(by: { $0.value < $1.value }) else {
            let reason =
                places.count < 2
                ? "fewer than two groups have \(rules.minimums.rows) rows"
                : "no score reaches the decision threshold \(Wording.fixed(questions.decisionThreshold, 3))"
            recordUndefinedRatio(reason, rows)
            return
        }
        impactRatio = lowest.value
        let deciding = rules.judgedBy == .point ? [lowest] : questions.selection
        let highest = "\(list.groups[places[spread.highest.group]]) \(Wording.percent(spread.highest.value))"
        func rates(_ question: GroupQuestion) -> String {
            let low = DecisionMetric.selectionRate.share(tables[question.group])?.value ?? 0
            return "\(highest) vs \(list.groups[question.group]) \(Wording.percent(low))"
        }
        let verdicts = deciding.map { judgeRatio($0, rates($0)) }
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

    private mutating func judgeRatio(_ question: GroupQuestion, _ rates: String) -> Verdict {
        let verdict = question.verdict(rules.judgedBy)
        let (shown, limit) = Wording.apart(question.value, rules.impactRatioMin, decimals: 2)
        let sentence = "\(name): impact ratio \(shown)"
        switch verdict {
        case .fail: failures.append("\(sentence) < \(limit) (\(rates)\(chance(question)))")
        case .inconclusive, .error:
            let text = "\(sentence) (\(rates)), \(undecided(question, decimals: 2))"
            if list.isThin[question.group] { warnings.append(text + ".") } else { doubts.append(text) }
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
        return verdict
    }

    private mutating func recordUndefinedRatio(_ reason: String, _ rows: Int) {
        let text = "\(name): no impact ratio, \(reason)"
        if isIntersection { warnings.append(text + ".") } else { doubts.append(text) }
        measurements.append(
            Measurement(
                "impact_ratio", subject: name, value: nil, limit: .atLeast(rules.impactRatioMin), n: rows,
                verdict: .inconclusive, reason: reason))
    }

    // MARK: Champion

    /// Whether any group is ranked worse than the champion ranks it, in the same rows. Judged only when the policy sets a
    /// limit; always recorded, and warned about where chance does not explain it.
    private mutating func judgeAgainstChampion() {
        var open: [(group: Int, reason: String)] = []
        for (index, question) in questions.againstChampion.enumerated() {
            guard let question else {
                if rules.championLossMax != nil, questions.reasons[index] == nil {
                    open.append((index, "no difference to the champion is defined"))
                }
                continue
            }
            let group = list.groups[index]
            let loss = Wording.fixed(-question.value, 3)
            var verdict: Verdict?
            if let limit = rules.championLossMax {
                verdict = question.verdict(rules.judgedBy)
                switch verdict {
                case .fail:
                    failures.append(
                        """
                        \(name): AUC of \(group) is \(loss) below the champion's, allowed \(Wording.fixed(limit, 3)) \
                        (n = \(question.rows)\(chance(question)))
                        """)
                case .inconclusive, .error:
                    open.append((index, "AUC against the champion, \(undecided(question, decimals: 3))"))
                case .pass, nil: break
                }
            } else if let interval = question.interval, interval.upper < 0 {
                warnings.append(
                    "\(name): the AUC of \(group) is \(loss) below the champion's (\(Wording.range(interval, decimals: 3))).")
            }
            measurements.append(
                Measurement(
                    "auc_champion_difference", subject: list.subjects[index], value: question.value,
                    lower: question.interval?.lower, upper: question.interval?.upper,
                    limit: rules.championLossMax.map { .atLeast(-$0) }, n: question.rows, verdict: verdict))
        }
        leaveOpen(open)
    }
}
