package import GatehouseCore

extension Policy {
    /// The policy with every default filled in, under the keys of the policy language. Two texts that ask for the same
    /// have the same canonical form; its digest is the policy version's address.
    package var canonicalBytes: [UInt8] { json.canonicalBytes }

    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "model": .string(model),
            "enforcement": .string(enforcement.rawValue),
            "stakes": .string(stakes.rawValue),
            "registration": .object(["require": .array(requiredFacts.map(\.rawValue).sorted().map { .string($0) })]),
            "evaluation": evaluation.json,
            "gates": gatesJSON,
            "shadow": shadow?.json ?? .null,
            "review": review.json(required: reviewersRequired),
            "rollout": rollout?.json ?? .null,
            "slots": .object(["segments": .strings(segments.sorted()), "no_default": .bool(noDefaultSegment)]),
            "protected_alias": .string(protectedAlias ?? "none"),
            "review_by": reviewBy.map { .string($0.description) } ?? .null,
            "review_after_improvement": .number(orNull: reviewAfterImprovement),
        ]
        // As with `weight` below.
        if stale != .warn { members["stale"] = .string(stale.rawValue) }
        return .object(members)
    }

    /// All that a check's result depends on, as the canonical policy has it: the check and what it is measured on. Nil for
    /// a check that the policy does not have.
    package func ground(of name: String) -> JSONValue? {
        guard let check = checks.first(where: { $0.name == name }) else { return nil }
        return .object(["check": .object(check.members), "gate": .string(check.gate), "measured_on": evaluation.measuredOn])
    }

    private var gatesJSON: JSONValue {
        var gates: [String: JSONValue] = [:]
        var custom: [JSONValue] = []
        for check in checks {
            var members = check.members
            switch check.kind {
            case .builtIn: gates[check.name] = .object(members)
            case .custom:
                members["name"] = .string(check.name)
                custom.append(.object(members))
            }
        }
        if !custom.isEmpty { gates["custom"] = .array(custom) }
        return .object(gates)
    }
}

extension CheckConfiguration {
    fileprivate var members: [String: JSONValue] {
        var members = kindJSON
        members["enforcement"] = .string(enforcement.rawValue)
        members["inconclusive"] = .word(blocks: inconclusiveBlocks)
        return members
    }

    private var kindJSON: [String: JSONValue] {
        switch kind {
        case .builtIn(_, let settings): settings.values.mapValues(\.json)
        case .custom(let check): check.json
        }
    }
}

extension GateSetting {
    package var json: JSONValue {
        switch self {
        case .number(let value): .number(value)
        case .integer(let value): .integer(Int64(value))
        case .text(let text): .string(text)
        case .flag(let flag): .bool(flag)
        }
    }
}

extension CustomCheck {
    fileprivate var json: [String: JSONValue] {
        var members: [String: JSONValue] =
            switch kind {
            case .command(let words): ["command": .strings(words)]
            case .url(let url): ["url": .string(url)]
            case .evidence: ["kind": "evidence"]
            case .card(let document, let fields):
                ["kind": "card", "document": .string(document), "required_fields": .strings(fields)]
            case .attestation: ["kind": "attestation"]
            case .robustness(let noise, let shift):
                ["kind": "robustness", "noise": .number(noise), "max_mean_shift": .number(shift)]
            }
        members["timeout"] = .string(timeout.shortText)
        return members
    }
}

extension EvaluationRules {
    /// Without how long a result counts and what an inconclusive one does, which every check says for itself.
    package var measuredOn: JSONValue {
        guard case .object(var members) = json else { return json }
        members["max_age"] = nil
        members["inconclusive"] = nil
        return .object(members)
    }

    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "dataset": dataset.map { .string($0.description) } ?? .null,
            "label": label.map { .string($0) } ?? .null,
            "groups": .strings(groups),
            "intersections": .bool(intersections),
            "max_age": .string(maxAge.shortText),
            "decision_threshold": .number(decisionThreshold),
            "runner": runner?.json ?? .null,
            "inconclusive": .word(blocks: inconclusiveBlocks),
        ]
        // Younger than the first stored policies, whose digests must not change: absent instead of null.
        if let weight { members["weight"] = .string(weight) }
        return .object(members)
    }
}

extension RunnerChoice {
    fileprivate var json: JSONValue {
        switch self {
        case .native: "native"
        case .endpoint(let url, let wire): .object(["endpoint": .string(url), "protocol": .string(wire.rawValue)])
        case .predictions(let column): .object(["predictions": .string(column)])
        }
    }
}

extension ShadowRules {
    fileprivate var json: JSONValue {
        .object([
            "fraction": .number(fraction), "min_duration": .string(minDuration.shortText),
            "min_requests": .integer(Int64(minRequests)), "min_coverage": .number(minCoverage),
            "max_disagreement": .number(maxDisagreement),
        ])
    }
}

extension ReviewRules {
    fileprivate func json(required: Int) -> JSONValue {
        var members: [String: JSONValue] = [
            "reviewers": .strings(reviewers), "required": .integer(Int64(required)), "rotation": .string(rotation),
            "expires": .string(expires.shortText), "questionnaire": .string(questionnaire),
            "flag_if_faster_than": .object([
                "after_opening": .string(flagAfterOpening.shortText), "after_request": .string(flagAfterRequest.shortText),
            ]),
        ]
        // Younger than the first stored policies, whose digests must not change.
        if !refusedFlags.isEmpty { members["refuse_flagged"] = .strings(refusedFlags.map(\.rawValue).sorted()) }
        return .object(members)
    }
}

extension RolloutRules {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "steps": .array(steps.map { .integer(Int64($0)) }), "step_min_duration": .string(stepMinDuration.shortText),
            "step_min_requests": .integer(Int64(stepMinRequests)), "step_max_duration": .string(stepMaxDuration.shortText),
            "bake": .string(bake.shortText), "rollback_on": .object(rollbackOn.mapValues { .number($0) }),
        ]
        // As with `weight` below: a policy that does not say keeps its digest.
        let unsaid = RolloutRules()
        if (outcomeLabel, outcomeBetter) != (unsaid.outcomeLabel, unsaid.outcomeBetter) {
            members["outcome"] = ["label": .string(outcomeLabel), "better": .string(outcomeBetter.rawValue)]
        }
        return .object(members)
    }
}

extension JSONValue {
    fileprivate static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    fileprivate static func word(blocks: Bool) -> JSONValue {
        .string((blocks ? CheckEnforcement.block : .warn).rawValue)
    }
}
