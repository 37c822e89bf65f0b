import GatehouseCore

extension PolicyReader {
    private static let groupsMax = 16

    mutating func evaluation(_ field: PolicyField?) -> EvaluationRules {
        var rules = EvaluationRules()
        let keys = [
            "dataset", "label", "weight", "groups", "intersections", "max_age", "decision_threshold", "runner", "inconclusive",
        ]
        guard let section = section(field, keys: keys) else { return rules }
        rules.dataset = namedVersion(section["dataset"], example: "credit-holdout@3")
        rules.label = text(section["label"], example: "defaulted")
        rules.weight = text(section["weight"], example: "applications")
        rules.groups = texts(section["groups"], of: "columns", example: "[age_band]", itemsMax: Self.groupsMax) ?? []
        rules.intersections = flag(section["intersections"]) ?? rules.intersections
        rules.maxAge = duration(section["max_age"], atLeast: .seconds(60), example: "7d") ?? rules.maxAge
        rules.decisionThreshold = number(section["decision_threshold"], -1e15...1e15, example: "0.5") ?? rules.decisionThreshold
        rules.runner = runner(section["runner"])
        rules.inconclusiveBlocks = blocks(section["inconclusive"]) ?? rules.inconclusiveBlocks
        return rules
    }

    /// `block` or `warn`, as whether it blocks.
    mutating func blocks(_ field: PolicyField?) -> Bool? {
        choice(field, CheckEnforcement.self).map { $0 == .block }
    }

    /// `native`, `{endpoint: URL, protocol: invocations}` or `{predictions: COLUMN}`.
    private mutating func runner(_ field: PolicyField?) -> RunnerChoice? {
        guard let field else { return nil }
        if case .scalar = field.node.content {
            return choice(field, ["native"]) == nil ? nil : .native
        }
        guard let section = section(field, keys: ["endpoint", "protocol", "predictions"]) else { return nil }
        switch (section["endpoint"], section["predictions"]) {
        case (let endpoint?, nil):
            let protocolName = choice(section["protocol"], EndpointProtocol.self)
            guard let url = url(endpoint) else { return nil }
            return .endpoint(url: url, protocol: protocolName ?? .invocations)
        case (nil, let predictions?):
            if let stray = section["protocol"] {
                report(stray.keyPlace, field.path, "'protocol' belongs to 'endpoint'", "Remove it.")
            }
            return text(predictions, example: "score").map { .predictions(column: $0) }
        case (nil, nil), (.some, .some):
            report(
                field, "expected exactly one of 'endpoint' and 'predictions'",
                "Write native, {endpoint: http://…} or {predictions: COLUMN}.")
            return nil
        }
    }

    /// An http or https address. Policies are kept and shown, so one that carries a password is refused.
    mutating func url(_ field: PolicyField) -> String? {
        let example = "https://rules.internal/check"
        guard let text = text(field, example: example) else { return nil }
        guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }) else {
            report(field, "\(quoted(text)) is not an http or https address", "Write, for example, '\(field.key): \(example)'.")
            return nil
        }
        let authority = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard !authority.isEmpty, !text.contains(where: \.isWhitespace) else {
            report(field, "\(quoted(text)) names no host or holds a space", "Write, for example, '\(field.key): \(example)'.")
            return nil
        }
        guard !authority.contains("@") else {
            report(field, "an address in a policy must not carry a user name or password", "Remove everything up to the '@'.")
            return nil
        }
        return text
    }
}

// MARK: - Shadow, review, rollout

extension PolicyReader {
    private static let requestsMax = 1_000_000_000

    mutating func shadow(_ field: PolicyField?) -> ShadowRules? {
        let keys = ["fraction", "min_duration", "min_requests", "min_coverage", "max_disagreement"]
        guard let section = section(field, keys: keys) else { return nil }
        var rules = ShadowRules()
        rules.fraction = number(section["fraction"], 0...1, example: "0.01") ?? rules.fraction
        rules.minDuration = duration(section["min_duration"], example: "48h") ?? rules.minDuration
        rules.minRequests = integer(section["min_requests"], 0...Self.requestsMax, example: "1000") ?? rules.minRequests
        rules.minCoverage = number(section["min_coverage"], 0...1, example: "0.95") ?? rules.minCoverage
        rules.maxDisagreement = number(section["max_disagreement"], 0...1, example: "0.02") ?? rules.maxDisagreement
        return rules
    }

    mutating func review(_ field: PolicyField?) -> ReviewRules {
        let reviewersMax = 256
        let requiredMax = 20
        var rules = ReviewRules()
        let keys = [
            "reviewers", "required", "rotation", "expires", "flag_if_faster_than", "refuse_flagged", "questionnaire",
        ]
        guard let section = section(field, keys: keys) else { return rules }
        rules.reviewers =
            texts(section["reviewers"], of: "reviewers", example: "[risk-team]", itemsMax: reviewersMax) ?? rules.reviewers
        rules.required = integer(section["required"], 0...requiredMax, example: "2")
        rules.rotation = choice(section["rotation"], ["least_recent"]) ?? rules.rotation
        rules.expires = duration(section["expires"], atLeast: .seconds(60), example: "72h") ?? rules.expires
        if let flags = self.section(section["flag_if_faster_than"], keys: ["after_opening", "after_request"]) {
            rules.flagAfterOpening = duration(flags["after_opening"], example: "30s") ?? rules.flagAfterOpening
            rules.flagAfterRequest = duration(flags["after_request"], example: "60s") ?? rules.flagAfterRequest
        }
        rules.refusedFlags = refusedFlags(section["refuse_flagged"])
        let questionnaires = Questionnaire.all.flatMap { [$0.name, $0.reference] }
        rules.questionnaire = choice(section["questionnaire"], questionnaires) ?? rules.questionnaire
        return rules
    }

    /// `true` for all of them, or a list.
    private mutating func refusedFlags(_ field: PolicyField?) -> Set<ReviewFlag> {
        guard let field else { return [] }
        if case .list = field.node.content {
            let items = list(field, of: "flags", example: "[evidence_never_opened]", itemsMax: ReviewFlag.allCases.count) ?? []
            return Set(items.compactMap { choice($0, ReviewFlag.self) })
        }
        return flag(field) == true ? Set(ReviewFlag.allCases) : []
    }

    mutating func rollout(_ field: PolicyField?) -> RolloutRules? {
        let keys = ["steps", "step_min_duration", "step_min_requests", "step_max_duration", "bake", "rollback_on", "outcome"]
        guard let section = section(field, keys: keys) else { return nil }
        var rules = RolloutRules()
        rules.steps = steps(section["steps"]) ?? rules.steps
        rules.stepMinDuration = duration(section["step_min_duration"], example: "1h") ?? rules.stepMinDuration
        rules.stepMinRequests =
            integer(section["step_min_requests"], 0...Self.requestsMax, example: "2000") ?? rules.stepMinRequests
        rules.stepMaxDuration = duration(section["step_max_duration"], example: "24h") ?? rules.stepMaxDuration
        rules.bake = duration(section["bake"], example: "24h") ?? rules.bake
        if let longest = section["step_max_duration"], rules.stepMaxDuration < rules.stepMinDuration {
            report(
                longest, "\(rules.stepMaxDuration.shortText) is less than step_min_duration, \(rules.stepMinDuration.shortText)")
        }
        let limits: [(name: String, range: ClosedRange<Double>, example: String)] = [
            ("error_rate", 0...1, "0.01"), ("p95_ms", 0...1e9, "80"), ("prediction_psi", 0...1e9, "0.25"),
            ("outcome_drop", 0...1, "0.02"),
        ]
        if let rollback = self.section(section["rollback_on"], keys: limits.map(\.name)) {
            for limit in limits {
                rules.rollbackOn[limit.name] = number(rollback[limit.name], limit.range, example: limit.example)
            }
        }
        if let outcome = self.section(section["outcome"], keys: ["label", "better"]) {
            rules.outcomeLabel = text(outcome["label"], example: "default_90d") ?? rules.outcomeLabel
            rules.outcomeBetter = choice(outcome["better"], RolloutRules.OutcomeDirection.self) ?? rules.outcomeBetter
        }
        return rules
    }

    /// Percentages of traffic that grow up to 100.
    private mutating func steps(_ field: PolicyField?) -> [Int]? {
        let stepsMax = 20
        let example = "[5, 25, 100]"
        guard let field, let items = list(field, of: "percentages", example: example, itemsMax: stepsMax) else { return nil }
        var steps: [Int] = []
        for item in items {
            guard let step = integer(item, 1...100, example: "25") else { return nil }
            if let last = steps.last, step <= last {
                report(item, "the step \(step) does not grow from \(last)", "Steps grow up to 100: \(example).")
                return nil
            }
            steps.append(step)
        }
        guard steps.last == 100 else {
            report(field, "the last step must be 100", "Steps grow up to 100: \(example).")
            return nil
        }
        return steps
    }
}
