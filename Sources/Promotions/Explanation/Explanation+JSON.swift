import AuditLog
package import GatehouseCore
import Gates

// The answer as a program reads it. What is missing is null, with a `reason` beside it.

extension Explanation {
    package var json: JSONValue {
        .object([
            "model_name": .string(model.text), "version": .integer(version.value), "as_of": .time(asOf),
            "sentence": .string(sentence), "stage": .string(stage.rawValue),
            "artifact": .text(artifact?.description), "registered": registered?.json ?? .null,
            "copied_from": copiedFrom?.json ?? .null,
            "checks": checks, "metrics": metricValues, "approvals": approvalAnswers, "dataset": dataset, "shadow": shadowAnswer,
            "champion": champion,
            "decisions": .array(decisions.map(\.json)), "requests": .array(requests.map(\.json)),
            "remarks": .array(remarks.map(\.json)), "entries": .array(entries.map { .integer($0) }),
            "erased": .object(
                Dictionary(uniqueKeysWithValues: erased.map { ("\($0.key)", .array($0.value.map { .string($0) })) })),
        ])
    }

    private static let notEvaluated = "no evaluation is recorded"

    private var checks: JSONValue {
        guard let evaluation else { return ["results": nil, "reason": .string(Self.notEvaluated)] }
        let record = evaluation.record
        return .object([
            "evaluation": .string(record.id), "entry": .integer(evaluation.event.sequence), "at": .time(evaluation.event.time),
            "state": .string(record.state.rawValue), "passed": record.passed.map { .bool($0) } ?? .null,
            "started_at": .time(record.started),
            "policy": .string(record.policy.reference), "policy_digest": .string(record.policy.digest.description),
            "policy_applied_at": .time(record.policy.applied), "policy_entry": .integer(orNull: record.policy.auditSequence),
            "thresholds_before_run": record.thresholdsAreOlder.map { .bool($0) } ?? .null,
            "verdicts": .object(record.verdicts.mapValues { .string($0.rawValue) }),
            "results": record.results.map { .array($0.map(\.json)) } ?? .null,
            "results_digest": .string(record.resultsDigest.description), "evaluations": .integer(Int64(evaluationCount)),
            "reason": .text(record.failure ?? (record.results == nil ? Self.onlyDigest : nil)),
        ])
    }

    private static let onlyDigest = "the results are too long for an entry, and their document is not at hand"

    private var metricValues: JSONValue {
        guard let evaluation else { return ["values": nil, "reason": .string(Self.notEvaluated)] }
        guard evaluation.record.results != nil else { return ["values": nil, "reason": .string(Self.onlyDigest)] }
        return ["values": .array(metrics.map(\.json)), "reason": nil]
    }

    private var approvalAnswers: JSONValue {
        let required = evaluation?.record.policy.reviewersRequired
        let reason: String? =
            !approvals.isEmpty ? nil : reviews.isEmpty ? "no review is recorded" : "no reviewer has approved"
        return .object([
            "required": required.map { .integer(Int64($0)) } ?? .null, "given": .integer(Int64(approvals.count)),
            "flags": .array(Set(reviews.flatMap(\.flags)).sorted().map { .string($0) }),
            "reviews": .array(reviews.map(\.json)), "reason": .text(reason),
        ])
    }

    private var dataset: JSONValue {
        guard let record = evaluation?.record else { return ["reference": nil, "reason": .string(Self.notEvaluated)] }
        guard let data = record.dataset else {
            return ["reference": nil, "reason": "the evaluation was not on a registered dataset"]
        }
        return .object([
            "reference": .string(data.reference), "digest": .text(data.digest?.description), "rows": .integer(orNull: data.rows),
            "reason": .text(data.rows == nil ? "the number of rows was not recorded" : nil),
        ])
    }

    private var shadowAnswer: JSONValue {
        let asked = evaluation?.record.policy.asksForShadow
        if let shadow {
            return .object([
                "asked": asked.map { .bool($0) } ?? .null, "result": shadow.summary.json, "digest": .text(shadow.digest),
                "entry": .integer(shadow.event.sequence), "reason": .null,
            ])
        }
        let reason =
            switch asked {
            case true?: "asked for by the policy, but not measured"
            case false?: "not asked for by the policy"
            case nil: evaluation == nil ? Self.notEvaluated : "the entry does not say whether the policy asked for it"
            }
        return ["asked": asked.map { .bool($0) } ?? .null, "result": nil, "reason": .string(reason)]
    }

    private var champion: JSONValue {
        guard let record = evaluation?.record else { return ["version": nil, "reason": .string(Self.notEvaluated)] }
        guard let champion = record.champion else { return ["version": nil, "reason": "there was no champion at that time"] }
        return .object([
            "version": .integer(champion.version.value), "artifact": .text(champion.artifact?.description),
            "dataset": .text(record.dataset?.reference),
            "metrics": .array(champion.metrics.map(\.json)),
            "reason": .text(champion.metrics.isEmpty ? "no check measured it" : nil),
        ])
    }
}

extension Explanation.Event {
    package var json: JSONValue { ["entry": .integer(sequence), "at": .time(time), "by": .string(by.text)] }
}

extension Explanation.Remark {
    package var json: JSONValue {
        .object([
            "entry": .integer(event.sequence), "at": .time(event.time), "by": .string(event.by.text),
            "action": .string(action), "outcome": .string(outcome.rawValue),
            "people": .object(people.mapValues { .string($0.text) }), "texts": .object(texts.mapValues { .string($0) }),
            "facts": facts,
        ])
    }
}

extension Decision {
    package var json: JSONValue {
        .object([
            "entry": .integer(sequence), "at": .time(time), "by": .string(by.text), "kind": .string(kind.rawValue),
            "from": .text(from?.rawValue), "to": .text(to?.rawValue), "slot": .text(slot), "reason": .string(reason),
            "missing": .array(missing.map { .string($0) }), "others": .array(others.map { .integer($0.value) }),
            "policy": .text(policy), "evaluation": .text(evaluation), "promotion": .text(promotion),
        ])
    }
}

extension ReviewAccount {
    package var json: JSONValue {
        .object([
            "review": .string(id), "flags": .array(flags.map { .string($0) }), "steps": .array(steps.map(\.json)),
        ])
    }
}

extension ReviewAccount.Step {
    package var json: JSONValue {
        .object([
            "entry": .integer(sequence), "at": .time(time), "action": .string(action), "outcome": .string(outcome.rawValue),
            "by": .string(by.text), "people": .object(people.mapValues { .string($0.text) }),
            "texts": .object(texts.mapValues { .string($0) }), "erased_texts": .array(erasedTexts.map { .string($0) }),
            "flags": .array(flags.map { .string($0) }), "facts": facts,
        ])
    }
}

extension JSONValue {
    static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    static func time(_ value: Timestamp?) -> JSONValue { .text(value?.description) }
    static func integer(orNull value: Int64?) -> JSONValue { value.map { .integer($0) } ?? .null }
}
