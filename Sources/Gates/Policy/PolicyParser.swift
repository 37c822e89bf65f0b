import GatehouseCore

/// Reads a policy's YAML. A policy is either understood completely or refused with everything that is wrong with it.
package enum PolicyParser {
    package static let policyBytesMax = 256 * 1024

    /// The policy `yaml` describes. `file` names it in messages; `gates` are those it may use.
    /// Fails with every finding at once, each with line and column; `PolicyDiagnostics.error` is what a client sees.
    package static func parse(
        _ yaml: String, file: String = "policy.yaml", gates: [GateDescriptor] = GateCatalog.descriptors
    ) throws(PolicyDiagnostics) -> Policy {
        guard yaml.utf8.count <= policyBytesMax else {
            let message = "the policy has \(yaml.utf8.count) bytes, at most \(policyBytesMax) are allowed"
            throw PolicyDiagnostics(file: file, [PolicyDiagnostic(line: 1, column: 1, path: "", message: message)])
        }
        var document = PolicyDocument()
        let root = document.read(yaml)
        var reader = PolicyReader(diagnostics: document.diagnostics)
        var policy: Policy?
        if let root {
            policy = reader.policy(PolicyField(path: "", key: "", keyPlace: root.place, node: root), gates: gates)
        }
        guard let policy, reader.diagnostics.isEmpty else { throw PolicyDiagnostics(file: file, reader.diagnostics) }
        return policy
    }
}

extension PolicyReader {
    fileprivate static let keys = [
        "model", "enforcement", "stakes", "registration", "evaluation", "gates", "shadow", "review", "rollout", "slots",
        "protected_alias", "review_by", "review_after_improvement", "stale",
    ]

    /// The whole document; nil when not even its model is known.
    fileprivate mutating func policy(_ root: PolicyField, gates: [GateDescriptor]) -> Policy? {
        guard let section = section(root, keys: Self.keys), let model = model(section) else { return nil }
        var policy = Policy(model: model)
        policy.enforcement = choice(section["enforcement"], PolicyEnforcement.self) ?? policy.enforcement
        policy.stakes = choice(section["stakes"], Policy.Stakes.self) ?? policy.stakes
        policy.requiredFacts = requiredFacts(section["registration"])
        policy.evaluation = evaluation(section["evaluation"])
        policy.checks = checks(section["gates"], gates: gates, inconclusiveBlocks: policy.evaluation.inconclusiveBlocks)
        policy.shadow = shadow(section["shadow"])
        policy.review = review(section["review"])
        policy.rollout = rollout(section["rollout"])
        slots(section["slots"], into: &policy)
        if let field = section["protected_alias"] { policy.protectedAlias = protectedAlias(field) }
        policy.reviewBy = date(section["review_by"], example: "2027-03-01")
        policy.reviewAfterImprovement = number(section["review_after_improvement"], 0...1e15, example: "0.05")
        policy.stale = choice(section["stale"], Policy.StaleEffect.self) ?? policy.stale
        return policy
    }

    /// The model's name or pattern. Reported and replaced by a stand-in when it is missing or wrong, so that the rest
    /// of the document is still read.
    private mutating func model(_ section: PolicySection) -> String? {
        let standIn = "*"
        guard let field = section["model"] else {
            report(section.place, section.path, "the key 'model' is missing", "Add, for example, 'model: credit-risk'.")
            return standIn
        }
        guard let text = text(field, example: "credit-risk") else { return standIn }
        do { return try ModelPattern(text).text } catch {
            report(field, "\(quoted(text)) cannot be a model name or pattern", error.hint)
            return standIn
        }
    }

    private mutating func requiredFacts(_ field: PolicyField?) -> [RegistrationFact] {
        let registration = section(field, keys: ["require"])
        let example = "[feature_pipeline, training_data]"
        let limit = RegistrationFact.allCases.count * 2
        guard let items = list(registration?["require"], of: "facts", example: example, itemsMax: limit) else { return [] }
        var facts: [RegistrationFact] = []
        for item in items {
            guard let fact = choice(item, RegistrationFact.self) else { continue }
            guard !facts.contains(fact) else {
                report(item, "'\(fact.rawValue)' stands twice in this list", "Keep one of them.")
                continue
            }
            facts.append(fact)
        }
        return facts
    }

    /// `none` says that no alias stands for Production.
    private mutating func protectedAlias(_ field: PolicyField) -> String? {
        guard let text = text(field, example: "champion"), text != "none" else { return nil }
        do { return try Alias(text).text } catch {
            report(field, "\(quoted(text)) cannot be an alias", error.hint)
            return nil
        }
    }

    private mutating func slots(_ field: PolicyField?, into policy: inout Policy) {
        let segmentsMax = 256
        guard let section = section(field, keys: ["segments", "no_default"]) else { return }
        policy.segments =
            texts(
                section["segments"], of: "segments", example: "[eu, us]", itemsMax: segmentsMax,
                rule: "A segment is lower-case letters, digits, '_' and '-', with '/' between its levels, such as eu/de.",
                isAllowed: Self.isSegment) ?? []
        policy.noDefaultSegment = flag(section["no_default"]) ?? false
    }

    private static func isSegment(_ text: String) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { level in
            !level.isEmpty && level.utf8.allSatisfy { isLowerLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
        }
    }
}

/// Also the underscore.
func isLowerLetterOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || byte == UInt8(ascii: "_")
}
