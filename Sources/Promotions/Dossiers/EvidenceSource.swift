import GatehouseCore
import Gates

/// Finds in an explanation what requirements ask for. What is not there is said to be not there; nothing is inferred.
struct EvidenceSource {
    let explanation: Explanation
    private var record: EvaluationRecord? { explanation.evaluation?.record }
    var results: [CheckResult] { record?.results ?? [] }

    static let noEvaluation = "no evaluation of this version is recorded"

    init(_ explanation: Explanation) { self.explanation = explanation }

    func content(_ key: EvidenceKey) -> EvidenceContent {
        switch key {
        case .identity: identity
        case .predecessors: predecessors
        case .thresholds: thresholds
        case .checkResults: checkResults
        case .testReports: testReports
        case .accuracyMetrics: measurements(of: { $0.gate == "accuracy" }, orNotRecorded: "no accuracy check was run")
        case .robustness: measurements(metrics: ["mean_absolute_shift"], orNotRecorded: "no robustness check was run")
        case .dataset: dataset
        case .dataCard, .modelCard: measurements(metrics: ["field_filled_in"], orNotRecorded: "no card check was run")
        case .groupPerformance:
            measurements(of: { $0.gate == "fairness" }, orNotRecorded: "no fairness check was run")
        case .drift: measurements(metrics: ["psi"], orNotRecorded: "no drift check was run")
        case .reviews: reviews
        case .questionnaire: reviewTexts("review.answered", "no reviewer's answers are recorded")
        case .challenge: reviewTexts(nil, "no question, answer or comment of a reviewer is recorded")
        case .limitations: limitations
        case .overReliance: overReliance
        case .approversRequired: approversRequired
        case .independence: independence
        case .stop: decisions({ $0.kind == .rolledBack || $0.kind == .displaced }, "it was never stopped or taken back")
        case .decisions: decisions({ _ in true }, "no attempt to move it is recorded")
        case .inventory: decisions(\.isArrival, "it was never in Production")
        case .logging: logging
        case .shadow: shadow
        case .outcomes: .notRecorded("outcomes of predictions are not gathered by this version of Gatehouse")
        case .reviewTriggers: .notRecorded("the log holds the policy's digest; the events it names stand in the policy itself")
        case .materiality: .notRecorded("no field of the registry holds exposure or purpose")
        case .retention: .notRecorded("the log has no term after which entries go; names and texts go on request")
        case .selectionRates: SelectionTable(explanation).rates(intersections: false)
        case .intersectionalRates: SelectionTable(explanation).rates(intersections: true)
        case .unknowns: SelectionTable(explanation).unknowns
        case .smallCategories: SelectionTable(explanation).smallCategories
        case .scoringRates: .notRecorded("rates are measured at the decision threshold, not at the sample median")
        case .auditDate: auditDate
        case .publication: .notRecorded("the registry does not know what was published")
        }
    }

    // MARK: Identity and decisions

    private var identity: EvidenceContent {
        guard let registered = explanation.registered else { return .notRecorded("its registration is not in the log") }
        return .facts([
            .init("model", .string(explanation.model.text)), .init("version", .integer(explanation.version.value)),
            .init("artifact", .text(explanation.artifact?.description)), .init("registered at", .time(registered.time)),
            .init("registered by", .string(registered.by.text)), .init("entry", .integer(registered.sequence)),
            .init("stage", .string(explanation.stage.rawValue)),
        ])
    }

    private var predecessors: EvidenceContent {
        var rows: [[JSONValue]] = []
        if let record, let champion = record.champion {
            for metric in champion.metrics {
                let own = results.flatMap(\.judgement.measurements).first { $0.metric == metric.metric && $0.subject == nil }
                rows.append([
                    .integer(champion.version.value), .text(champion.artifact?.description), .string(metric.metric),
                    .number(orNull: metric.value), .number(orNull: own?.value),
                ])
            }
            if champion.metrics.isEmpty {
                rows.append([.integer(champion.version.value), .text(champion.artifact?.description), nil, nil, nil])
            }
        }
        return .table(
            .init(["previous version", "its artifact", "metric", "its value", "this version's value"], rows),
            orNotRecorded: "there was no champion when it was evaluated")
    }

    private func decisions(_ isWanted: (Decision) -> Bool, _ reason: String) -> EvidenceContent {
        let rows: [[JSONValue]] = explanation.decisions.filter(isWanted).map { decision in
            [
                .time(decision.time), .string(decision.kind.rawValue), .text(decision.from?.rawValue),
                .text(decision.to?.rawValue), .string(decision.by.text), .string(decision.reason),
                .string(decision.missing.joined(separator: "; ")), .integer(decision.sequence),
            ]
        }
        return .table(
            .init(["time", "decision", "from", "to", "by", "reason", "missing", "entry"], rows), orNotRecorded: reason)
    }

    private var logging: EvidenceContent {
        guard let first = explanation.entries.first, let last = explanation.entries.last else {
            return .notRecorded("no entry is about this version")
        }
        return .statements([
            "\(explanation.entries.count) entries of the append-only audit log are about this version: \(first) to \(last).",
            "Each is a leaf of a Merkle tree (RFC 6962) whose root is signed; 'gatehouse audit verify' checks an export of them.",
        ])
    }

    private var shadow: EvidenceContent {
        if let shadow = explanation.shadow { return .statements(shadow.summary.lines) }
        switch record?.policy.asksForShadow {
        case true?: return .notRecorded("the policy asks for a shadow trial, but none was measured")
        case false?: return .notRecorded("the policy does not ask for a shadow trial")
        case nil: return .notRecorded(Self.noEvaluation)
        }
    }

    // MARK: Tests

    private var thresholds: EvidenceContent {
        guard let record else { return .notRecorded(Self.noEvaluation) }
        let older: JSONValue = record.thresholdsAreOlder.map { .bool($0) } ?? .null
        return .facts([
            .init("policy", .string(record.policy.reference)), .init("policy digest", .string(record.policy.digest.description)),
            .init("policy applied at", .time(record.policy.applied)),
            .init("entry of the policy", .integer(orNull: record.policy.auditSequence)),
            .init("evaluation asked for at", .time(record.started)), .init("thresholds are older than the evaluation", older),
        ])
    }

    private var checkResults: EvidenceContent {
        guard record != nil else { return .notRecorded(Self.noEvaluation) }
        return .table(
            .init(
                ["check", "verdict", "enforcement", "reason"],
                results.map {
                    [
                        .string($0.name), .string($0.verdict.rawValue), .string($0.enforcement.rawValue),
                        .string($0.judgement.reason),
                    ]
                }), orNotRecorded: "the results are held by digest only, and their document is not at hand")
    }

    private var testReports: EvidenceContent {
        guard let evaluation = explanation.evaluation else { return .notRecorded(Self.noEvaluation) }
        return .facts([
            .init("evaluation", .string(evaluation.record.id)), .init("finished at", .time(evaluation.event.time)),
            .init("entry of the signed log", .integer(evaluation.event.sequence)),
            .init("digest of the results", .string(evaluation.record.resultsDigest.description)),
            .init("approved by", .array(explanation.approvals.map { .string($0.by.text) })),
        ])
    }

    private var auditDate: EvidenceContent {
        guard let evaluation = explanation.evaluation else { return .notRecorded(Self.noEvaluation) }
        return .facts([.init("measured at", .time(evaluation.event.time))])
    }

    private var dataset: EvidenceContent {
        guard let record else { return .notRecorded(Self.noEvaluation) }
        guard let dataset = record.dataset else { return .notRecorded("the evaluation was not on a registered dataset") }
        return .facts([
            .init("dataset", .string(dataset.reference)), .init("digest", .text(dataset.digest?.description)),
            .init("rows", .integer(orNull: dataset.rows)),
        ])
    }

    private func measurements(metrics: Set<String>, orNotRecorded reason: String) -> EvidenceContent {
        let chosen = results.flatMap { check in
            check.judgement.measurements.filter { metrics.contains($0.metric) }.map { (check.name, $0) }
        }
        return Self.table(chosen, orNotRecorded: record == nil ? Self.noEvaluation : reason)
    }

    private func measurements(of isWanted: (CheckResult) -> Bool, orNotRecorded reason: String) -> EvidenceContent {
        let chosen = results.filter(isWanted).flatMap { check in check.judgement.measurements.map { (check.name, $0) } }
        return Self.table(chosen, orNotRecorded: record == nil ? Self.noEvaluation : reason)
    }

    private static func table(_ chosen: [(String, Measurement)], orNotRecorded reason: String) -> EvidenceContent {
        .table(
            .init(
                ["check", "metric", "of", "value", "lower", "upper", "limit", "n", "verdict"],
                chosen.map { check, found in
                    [
                        .string(check), .string(found.metric), .text(found.subject), .number(orNull: found.value),
                        .number(orNull: found.lower), .number(orNull: found.upper), .text(found.limit?.words),
                        found.n.map { .integer(Int64($0)) } ?? .null, .text(found.verdict?.rawValue),
                    ]
                }), orNotRecorded: reason)
    }
}

extension Measurement.Limit {
    fileprivate var words: String {
        switch self {
        case .atLeast(let value): "≥ \(JSONValue.number(value).canonicalText)"
        case .atMost(let value): "≤ \(JSONValue.number(value).canonicalText)"
        }
    }
}
