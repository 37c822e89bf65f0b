import GatehouseCore
import Storage

extension SQLTransaction {
    /// What a granted request with this key was answered. Fails with `conflict` when the key belongs to another request.
    func answer(to request: TransitionRequest) throws -> TransitionOutcome? {
        guard let key = request.idempotencyKey else { return nil }
        let found = try first(
            "SELECT * FROM transition_answer WHERE model = \(request.model) AND idempotency_key = \(key)"
        ) { row in (version: try VersionNumber(row.integer("version")), outcome: try TransitionOutcome(row: row)) }
        guard let found else { return nil }
        guard found.version == request.version, found.outcome.to == request.to else {
            throw GatehouseError(.conflict, "The idempotency key '\(key)' was used for another transition.")
        }
        return found.outcome
    }

    /// Keeps a granted answer. A refusal is not kept: asking again may be answered differently.
    func keep(_ outcome: TransitionOutcome, for request: TransitionRequest) throws {
        guard let key = request.idempotencyKey else { return }
        let unmet = outcome.unmet.map {
            JSONValue.object(["what": .string($0.what), "command": $0.command.map { .string($0) } ?? .null])
        }
        try execute(
            """
            INSERT INTO transition_answer (model, idempotency_key, version, from_stage, to_stage, displaced, unmet, policy)
            VALUES (\(request.model), \(key), \(request.version), \(outcome.from), \(outcome.to),
                \(JSONValue.array(outcome.displaced.map { .integer($0.value) })), \(JSONValue.array(unmet)), \(outcome.policy))
            """)
    }
}

extension TransitionOutcome {
    fileprivate init(row: SQLRow) throws {
        self.init(
            from: try Stage(parsing: row.text("from_stage")), to: try Stage(parsing: row.text("to_stage")),
            displaced: try (row.json("displaced").arrayValue ?? []).compactMap(\.integerValue).map { try VersionNumber($0) },
            unmet: try (row.json("unmet").arrayValue ?? []).map {
                MissingRequirement($0["what"]?.stringValue ?? "", command: $0["command"]?.stringValue)
            },
            refusal: nil, policy: try row.text("policy"))
    }
}
