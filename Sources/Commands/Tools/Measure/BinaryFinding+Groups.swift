import GatehouseCore
import Statistics

extension BinaryFinding {
    func groupJSON(_ group: GroupedMeasurement.Group, _ grouping: GroupedMeasurement) -> JSONValue {
        var members: [String: JSONValue] = [
            "by": .array(grouping.grouping.columns.map(JSONValue.string)),
            "group": .array(group.names.map { $0.map(JSONValue.string) ?? .null }),
            "n": MeasureJSON.integer(group.counts.count), "positives": MeasureJSON.integer(group.counts.positives),
            "effective_rows": .number(group.table.all.effectiveRows),
            "reason": group.reason.map { .string($0.rawValue) } ?? .null,
            "auc_gap": .number(orNull: group.aucDifference.value.map { abs($0) }),
            "auc_difference": .number(orNull: group.aucDifference.value),
            "auc_difference_lower": .number(orNull: group.aucDifference.interval?.lower),
            "auc_difference_upper": .number(orNull: group.aucDifference.interval?.upper),
            "complement": .object([
                "auc_roc": MeasureJSON.groupDifference(group.complement.auc),
                "selection_rate": MeasureJSON.groupDifference(group.complement.selectionRate),
                "tpr": MeasureJSON.groupDifference(group.complement.truePositiveRate),
                "fpr": MeasureJSON.groupDifference(group.complement.falsePositiveRate),
            ]),
            "baseline": group.baseline.map(baselineJSON) ?? .null,
        ]
        func add(_ name: String, _ estimate: Estimate?) {
            members[name] = .number(orNull: estimate?.value)
            members[name + "_lower"] = .number(orNull: estimate?.interval?.lower)
            members[name + "_upper"] = .number(orNull: estimate?.interval?.upper)
        }
        add("auc_roc", group.auc)
        for (name, metric) in Self.groupRates { add(name, metric.share(group.table)?.estimate) }
        return .object(members)
    }

    static let groupRates: [(String, DecisionMetric)] = [
        ("selection_rate", .selectionRate), ("tpr", .recall), ("fpr", .falsePositiveRate), ("base_rate", .baseRate),
        ("accuracy", .accuracy), ("precision", .precision),
    ]

    private func baselineJSON(_ comparison: BaselineComparison) -> JSONValue {
        .object([
            "auc_roc": MeasureJSON.groupDifference(comparison.auc),
            "selection_rate": MeasureJSON.groupDifference(comparison.selectionRate),
            "tpr": MeasureJSON.groupDifference(comparison.truePositiveRate),
            "fpr": MeasureJSON.groupDifference(comparison.falsePositiveRate),
            "verdict": .string(GroupVerdict(comparison.auc).rawValue),
        ])
    }

    func fairnessJSON(_ grouping: GroupedMeasurement) -> JSONValue {
        let present = grouping.groups.filter { $0.counts.count > 0 }
        func undefined(_ metric: DecisionMetric) -> JSONValue {
            MeasureJSON.integer(present.count { metric.share($0.table)?.value == nil })
        }
        var members = disparityJSON(grouping.disparity)
        members["by"] = .array(grouping.grouping.columns.map(JSONValue.string))
        members["groups"] = MeasureJSON.integer(present.count)
        members["groups_judged"] = MeasureJSON.integer(present.count { $0.reason != .tooSmall })
        members["groups_undefined"] = .object([
            "auc_roc": MeasureJSON.integer(present.count { $0.auc.value == nil }), "selection_rate": undefined(.selectionRate),
            "tpr": undefined(.recall), "fpr": undefined(.falsePositiveRate),
        ])
        members["without_small_groups"] = .object(disparityJSON(grouping.judgedDisparity))
        return .object(members)
    }

    /// Every number with, in `reasons`, a word for each that is missing.
    private func disparityJSON(_ disparity: Disparity) -> [String: JSONValue] {
        let ofNobody: Undefined = disparity.selectionRate == nil ? .empty : .nothingSelected
        let values: [(String, Double?, Undefined)] = [
            ("max_auc_gap", disparity.greatestAUCGap?.value, .singleClass),
            ("demographic_parity_difference", disparity.demographicParityDifference, .empty),
            ("demographic_parity_ratio", disparity.impactRatio, ofNobody), ("impact_ratio", disparity.impactRatio, ofNobody),
            ("equal_opportunity_difference", disparity.equalOpportunityDifference, .noPositives),
            ("equal_opportunity_ratio", disparity.equalOpportunityRatio, .nothingSelected),
            (
                "equalized_odds_difference", disparity.equalizedOddsDifference,
                disparity.truePositiveRate == nil ? .noPositives : .noNegatives
            ), ("equalized_odds_ratio", disparity.equalizedOddsRatio, .nothingSelected),
        ]
        var members: [String: JSONValue] = [:]
        var reasons: [String: JSONValue] = [:]
        for (name, value, reason) in values {
            members[name] = .number(orNull: value)
            if value == nil { reasons[name] = .string(reason.rawValue) }
        }
        members["reasons"] = .object(reasons)
        members["reason"] = values.first { $0.1 == nil }.map { .string($0.2.rawValue) } ?? .null
        return members
    }
}

/// What the candidate does to a group's ranking, in a word.
enum GroupVerdict: String {
    case better, worse
    case cannotTell = "cannot_tell"
    case notJudged = "not_judged"

    init(_ difference: GroupDifference) {
        self = difference.adjustedP == nil ? .notJudged : difference.isBelow ? .worse : difference.isAbove ? .better : .cannotTell
    }
}
