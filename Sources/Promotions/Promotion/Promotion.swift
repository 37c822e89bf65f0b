package import GatehouseCore
package import Storage

/// A request to bring a version to a stage, and what became of it.
package struct Promotion: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case evaluating
        /// The version moved.
        case approved
        case blocked
    }

    package let id: String
    package let model: ModelName
    package let version: VersionNumber
    package let to: Stage
    package let state: State
    /// Nil where the transition asks for no evaluation.
    package let evaluationID: String?
    package let idempotencyKey: String?
    package let reason: String
    package let warnings: [String]
    package let requestedBy: Principal
    package let requestedAt: Timestamp
    package let decidedAt: Timestamp?
}

extension SQLTransaction {
    package func insert(_ promotion: Promotion) throws {
        try execute(
            """
            INSERT INTO promotion (id, model, version, to_stage, state, evaluation_id, idempotency_key, reason, warnings,
                requested_by, requested_at, decided_at)
            VALUES (\(promotion.id), \(promotion.model), \(promotion.version), \(promotion.to), \(promotion.state.rawValue),
                \(promotion.evaluationID), \(promotion.idempotencyKey), \(promotion.reason),
                \(JSONValue.array(promotion.warnings.map { .string($0) })), \(promotion.requestedBy), \(promotion.requestedAt),
                \(promotion.decidedAt))
            """)
    }

    package func decide(_ id: String, state: Promotion.State, reason: String, warnings: [String], at now: Timestamp) throws {
        let changed = try execute(
            """
            UPDATE promotion SET state = \(state.rawValue), reason = \(reason),
                warnings = \(JSONValue.array(warnings.map { .string($0) })), decided_at = \(now)
            WHERE id = \(id) AND state = 'evaluating'
            """)
        guard changed == 1 else {
            throw GatehouseError(.conflict, "The promotion \(id) is decided already or does not exist.")
        }
    }

    package func promotion(id: String) throws -> Promotion? {
        try first("SELECT * FROM promotion WHERE id = \(id)", Promotion.init(row:))
    }

    package func promotion(model: ModelName, idempotencyKey: String) throws -> Promotion? {
        try first(
            "SELECT * FROM promotion WHERE model = \(model) AND idempotency_key = \(idempotencyKey)", Promotion.init(row:))
    }

    /// Those that wait for an evaluation.
    package func promotions(awaiting evaluation: String) throws -> [Promotion] {
        try rows(
            """
            SELECT * FROM promotion WHERE evaluation_id = \(evaluation) AND state = 'evaluating'
            ORDER BY requested_at, id LIMIT 1000
            """, Promotion.init(row:))
    }
}

extension Promotion {
    fileprivate init(row: SQLRow) throws {
        guard let state = State(rawValue: try row.text("state")) else {
            throw GatehouseError(.internalFailure, "A promotion is in the unknown state '\(try row.text("state"))'.")
        }
        self.init(
            id: try row.text("id"), model: try ModelName(row.text("model")), version: try VersionNumber(row.integer("version")),
            to: try Stage(parsing: row.text("to_stage")), state: state, evaluationID: try row.optional("evaluation_id", row.text),
            idempotencyKey: try row.optional("idempotency_key", row.text), reason: try row.text("reason"),
            warnings: try (row.json("warnings").arrayValue ?? []).compactMap(\.stringValue),
            requestedBy: Principal(stored: try row.text("requested_by")), requestedAt: try row.timestamp("requested_at"),
            decidedAt: try row.optional("decided_at", row.timestamp))
    }
}
