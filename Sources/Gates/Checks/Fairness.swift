import GatehouseCore
import Rendering
import Statistics

/// Whether the model ranks and decides alike for every group of people.
///
/// Two rules per grouping: every group's AUC is within `max_demographic_disparity` of the AUC of all rows, and the least
/// selection rate is at least `min_impact_ratio` of the greatest (selected means a score at or above the decision
/// threshold). The second catches a segment that is declined three times as often although it is ranked just as well. A third
/// one, if the policy asks for it: no group's AUC is more than `max_loss_to_champion` below the champion's in the same rows.
///
/// A group too small to judge is never silently fine. Fails if any group that is big enough breaks a rule, intersections
/// included. Otherwise inconclusive if a group of a named grouping is too small, empty or of a single class, or if a
/// rule has nothing to compare. Intersections and rows without a group value are often thin: they can fail, but where they are
/// too thin to judge they are listed with a warning and do not block by themselves.
///
/// With `judge_by: interval` chance alone fails a fair model in at most 5 of 100 evaluations, however many groups there are
/// (Holm's correction over all questions); a group passes when its whole interval keeps the limit, and is inconclusive
/// between, with the number of rows that would decide.
package struct Fairness: Gate {
    package static let descriptor = GateDescriptor(
        name: "fairness", summary: "No group is ranked worse or selected at a very different rate.", needs: .scores,
        parameters: [
            GateParameter(
                "max_demographic_disparity", .number(0...1), default: .number(0.05),
                "The most that a group's AUC may differ from the AUC of all rows."),
            GateParameter(
                "min_impact_ratio", .number(0...1), default: .number(0.8),
                "The least ratio of the lowest to the highest selection rate among the groups (four fifths)."),
            GateParameter(
                "min_group_size", .integer(1...1_000_000_000), default: .integer(30),
                "Below so many rows a group is inconclusive."),
            GateParameter(
                "max_loss_to_champion", .number(0...1),
                "The most that a group's AUC may lie below the champion's in the same rows."),
            GateParameter(
                "min_class_size", .integer(1...1_000_000_000), default: .integer(1),
                "Below so many positives or negatives a group's AUC is inconclusive."),
            JudgedBy.parameter(
                "point: the values decide; interval: what chance may explain neither fails nor passes."),
        ])

    private let rules: FairnessRules

    package init(_ settings: GateSettings) {
        rules = FairnessRules(
            aucGapMax: settings.number("max_demographic_disparity") ?? 0.05,
            impactRatioMin: settings.number("min_impact_ratio") ?? 0.8,
            championLossMax: settings.number("max_loss_to_champion"),
            minimums: GroupMinimums(
                rows: settings.integer("min_group_size") ?? 30, classRows: settings.integer("min_class_size") ?? 1),
            judgedBy: JudgedBy(settings))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        switch evidence.scores {
        case .missing(let verdict, let reason): Judgement(verdict, reason)
        case .available(let scores): judge(scores)
        }
    }

    private func judge(_ evidence: ScoredEvidence) -> Judgement {
        guard !evidence.groupings.isEmpty else {
            return Judgement(.inconclusive, "No groups are named, so nothing can be compared: set evaluation.groups.")
        }
        let scores: BinaryScores
        var champion: BinaryScores?
        do {
            scores = try ranked(evidence.candidate, evidence)
            // A champion that cannot be ranked is accuracy's to report; the groups are then judged without it.
            champion = evidence.champion.flatMap { try? ranked($0, evidence) }
        } catch {
            return Judgement(error == .noRows ? .inconclusive : .error, "Fairness cannot be measured: \(error).")
        }
        var groupings: [Grouping] = []
        for column in evidence.groupings {
            guard column.codes.count == scores.count,
                let grouping = Grouping(column: column.name, codes: column.codes, names: column.categories)
            else {
                return Judgement(
                    .error,
                    "Group column '\(column.name)' has more than \(Grouping.groupsMax) groups or not one valid code per row.")
            }
            groupings.append(grouping)
        }
        var warnings: [String] = []
        var doubts: [String] = []
        if champion == nil, evidence.champion != nil {
            let words = "The champion's scores cannot be ranked, so no group is compared with it"
            if rules.championLossMax == nil { warnings.append(words + ".") } else { doubts.append(words) }
        } else if champion == nil, rules.championLossMax != nil {
            warnings.append("There is no champion yet, so no group is compared with it.")
        }
        if evidence.intersections, groupings.count > 1 {
            if let intersection = Grouping(intersectionOf: groupings) {
                groupings.append(intersection)
            } else {
                warnings.append(
                    "The intersections were not judged: the groupings have more than \(Grouping.groupsMax) combinations.")
            }
        }
        let auc = scores.auc()
        scores.rankAhead()
        champion?.rankAhead()
        var questions = inParallel(groupings) { [champion] in GroupingQuestions($0, scores, champion: champion, rules) }
            .compactMap(\.self)
        GroupingQuestions.adjustTogether(&questions)
        let findings = questions.map { GroupingFinding($0) }
        warnings += findings.flatMap(\.warnings)
        return judgement(findings, scores, auc, doubts, warnings)
    }

    private func ranked(_ answers: ScoreMatrix, _ evidence: ScoredEvidence) throws(ScoreDefect) -> BinaryScores {
        guard let scores = answers.positiveScores else { throw .outputs(answers.outputs, metric: .aucROC) }
        return try BinaryScores(
            labels: evidence.labels, scores: scores, weights: evidence.weights, decisionThreshold: evidence.decisionThreshold)
    }

    private func judgement(
        _ findings: [GroupingFinding], _ scores: BinaryScores, _ auc: Double?, _ doubts: [String], _ warnings: [String]
    ) -> Judgement {
        let failures = findings.flatMap(\.failures)
        let doubts = doubts + findings.flatMap(\.doubts)
        let measurements =
            [Measurement("auc", value: auc, n: scores.count, reason: scores.hasBothClasses ? nil : "single_class")]
            + findings.flatMap(\.measurements)
        func judgement(_ verdict: Verdict, _ text: String) -> Judgement {
            Judgement(verdict, text + ".", measurements: measurements, warnings: warnings)
        }
        if !failures.isEmpty { return judgement(.fail, Wording.list(failures, max: 8, separator: "; ")) }
        if !doubts.isEmpty { return judgement(.inconclusive, Wording.list(doubts, max: 8, separator: "; ")) }
        let gap = findings.compactMap(\.greatestGap).max().map { Wording.fixed($0, 3) } ?? "undefined"
        let ratio = findings.compactMap(\.impactRatio).min().map { Wording.fixed($0, 2) } ?? "undefined"
        let named = findings.filter { !$0.isIntersection }.map(\.name)
        return judgement(
            .pass,
            """
            The groups of \(Wording.list(named)) are treated alike: largest AUC gap \(gap), allowed \
            \(Wording.fixed(rules.aucGapMax, 3)); lowest impact ratio \(ratio), required \
            \(Wording.fixed(rules.impactRatioMin, 2))
            """
        )
    }
}

/// A fairness gate's settings.
struct FairnessRules {
    let aucGapMax: Double
    let impactRatioMin: Double
    /// How much lower than the champion's a group's AUC may be; nil leaves it unjudged.
    let championLossMax: Double?
    let minimums: GroupMinimums
    let judgedBy: JudgedBy
}
