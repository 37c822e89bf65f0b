package import GatehouseCore
package import Storage

/// A request to bring a version to a stage, and what became of it.
package struct Promotion: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case evaluating
        /// Everything is there but people's approvals.
        case awaitingReview = "awaiting_review"
        /// The version moved.
        case approved
        case blocked
        /// Taken back before it was decided.
        case withdrawn

        package var isDecided: Bool {
            switch self {
            case .evaluating, .awaitingReview: false
            case .approved, .blocked, .withdrawn: true
            }
        }

        /// A state by its name, or all that are `open`. Fails with `invalidArgument`.
        package static func named(_ text: String) throws(GatehouseError) -> [State] {
            if text == "open" { return allCases.filter { !$0.isDecided } }
            if let state = State(rawValue: text) { return [state] }
            throw GatehouseError(
                .invalidArgument, "'state' is not '\(text.prefix(80))'.",
                hint: "It is open, or one of \(allCases.map(\.rawValue).joined(separator: ", ")).")
        }
    }

    package let id: String
    package let model: ModelName
    package let version: VersionNumber
    package let to: Stage
    /// Where in production; of meaning only when `to` is Production.
    package let slot: Slot
    package let state: State
    /// Nil where the transition asks for no evaluation.
    package let evaluationID: String?
    package let idempotencyKey: String?
    package let reason: String
    package let warnings: [String]
    package let requestedBy: Principal
    package let requestedAt: Timestamp
    package let decidedAt: Timestamp?
    /// Why it was asked for, in the words of whoever asked.
    package var requestReason: String?
    /// What its reviews are bound to; nil when none were asked for.
    package var binding: ReviewBinding?
    /// Whether the requester's right to ask is among the recorded grants. One that a sign-in provider's group lent cannot be
    /// looked up again when the last reviewer approves.
    package var hasRecordedGrant = false
    /// Who took it back, and why in their own words; nil for any other state.
    package var withdrawnBy: Principal?
    package var withdrawReason: String?

    /// Why it is as it is, on one line: our words, or those of whoever took it back.
    package var why: String {
        guard let withdrawnBy else { return reason }
        return "Withdrawn by \(withdrawnBy.name)" + (withdrawReason.map { $0.isEmpty ? "." : ": \($0)" } ?? ".")
    }
}

extension SQLTransaction {
    package func insert(_ promotion: Promotion) throws {
        try execute(
            """
            INSERT INTO promotion (id, model, version, to_stage, environment, segment, state, evaluation_id, idempotency_key,
                reason, warnings, requested_by, requested_at, decided_at, request_reason, binding, has_recorded_grant)
            VALUES (\(promotion.id), \(promotion.model), \(promotion.version), \(promotion.to), \(promotion.slot.environment),
                \(promotion.slot.segment), \(promotion.state.rawValue), \(promotion.evaluationID),
                \(promotion.idempotencyKey), \(promotion.reason), \(JSONValue.array(promotion.warnings.map { .string($0) })),
                \(promotion.requestedBy), \(promotion.requestedAt), \(promotion.decidedAt), \(promotion.requestReason),
                \(promotion.binding?.json),
                \(promotion.hasRecordedGrant))
            """)
    }

    package func decide(_ id: String, state: Promotion.State, reason: String, warnings: [String], at now: Timestamp) throws {
        let changed = try execute(
            """
            UPDATE promotion SET state = \(state.rawValue), reason = \(reason),
                warnings = \(JSONValue.array(warnings.map { .string($0) })), decided_at = \(now)
            WHERE id = \(id) AND decided_at IS NULL
            """)
        guard changed == 1 else {
            throw GatehouseError(.conflict, "The promotion \(id) is decided already or does not exist.")
        }
    }

    /// Ends a promotion that is not decided. Fails with `conflict` when it is.
    func withdraw(_ id: String, by principal: Principal, because words: String, at now: Timestamp) throws {
        let changed = try execute(
            """
            UPDATE promotion SET state = 'withdrawn', reason = 'Withdrawn before it was decided.', withdrawn_by = \(principal),
                withdraw_reason = \(words), decided_at = \(now)
            WHERE id = \(id) AND decided_at IS NULL
            """)
        guard changed == 1 else { throw GatehouseError(.conflict, "The promotion \(id) is decided already.") }
    }

    /// Lets an open promotion wait for reviewers, who are bound to what is there now. `reason` says what it waits for.
    func awaitReview(_ id: String, _ binding: ReviewBinding, hasRecordedGrant: Bool, reason: String) throws {
        try execute(
            """
            UPDATE promotion SET state = 'awaiting_review', binding = \(binding.json), reason = \(reason),
                has_recorded_grant = \(hasRecordedGrant)
            WHERE id = \(id) AND state = 'evaluating'
            """)
    }

    /// Says what an open promotion waits for.
    func note(_ reason: String, onPromotion id: String) throws {
        try execute("UPDATE promotion SET reason = \(reason) WHERE id = \(id) AND decided_at IS NULL")
    }

    /// Takes out why somebody asked for promotions or took them back, in their own words; how many. The promotions stay.
    func erasePromotionReasons(of person: Principal) throws -> Int {
        try execute(
            "UPDATE promotion SET request_reason = '' WHERE requested_by = \(person) AND request_reason IS NOT NULL")
            + execute("UPDATE promotion SET withdraw_reason = '' WHERE withdrawn_by = \(person)")
    }

    package func promotion(id: String) throws -> Promotion? {
        try first("SELECT * FROM promotion WHERE id = \(id)", Promotion.init(row:))
    }

    /// Fails with `notFound`.
    package func requiredPromotion(_ id: String) throws -> Promotion {
        if let promotion = try promotion(id: id) { return promotion }
        throw GatehouseError(
            .notFound, "There is no promotion '\(id.prefix(80))'.", hint: "List them: gatehouse promotion list")
    }

    package func promotion(model: ModelName, idempotencyKey: String) throws -> Promotion? {
        try first(
            "SELECT * FROM promotion WHERE model = \(model) AND idempotency_key = \(idempotencyKey)", Promotion.init(row:))
    }

    /// Those that wait for reviewers to let a version into a slot, newest first.
    package func promotionsAwaitingReview(
        of model: ModelName, _ version: VersionNumber, for slot: Slot
    ) throws -> [Promotion] {
        try rows(
            """
            SELECT * FROM promotion WHERE model = \(model) AND version = \(version) AND environment = \(slot.environment)
                AND segment = \(slot.segment) AND state = 'awaiting_review'
            ORDER BY requested_at DESC, id DESC LIMIT 100
            """, Promotion.init(row:))
    }

    /// What was asked for a version and is not decided, newest first.
    package func openPromotions(of model: ModelName, _ version: VersionNumber) throws -> [Promotion] {
        try rows(
            """
            SELECT * FROM promotion WHERE model = \(model) AND version = \(version) AND decided_at IS NULL
            ORDER BY requested_at DESC, id DESC LIMIT 100
            """, Promotion.init(row:))
    }

    /// How many promotions of each model are not decided; models without any are left out.
    package func openPromotionCounts(of models: [ModelName]) throws -> [ModelName: Int] {
        guard !models.isEmpty else { return [:] }
        let counts = try rows(
            """
            SELECT model, COUNT(*) AS n FROM promotion
            WHERE decided_at IS NULL AND model IN (\(SQLStatement.list(models.map(\.text)))) GROUP BY model
            """
        ) { row in (try ModelName(row.text("model")), Int(try row.integer("n"))) }
        return Dictionary(counts, uniquingKeysWith: +)
    }

    /// A page of all that wait for reviewers, by id; `after` is the last one seen.
    func promotionsAwaitingReview(after: String, limit: Int) throws -> [Promotion] {
        try rows(
            "SELECT * FROM promotion WHERE state = 'awaiting_review' AND id > \(after) ORDER BY id LIMIT \(limit)",
            Promotion.init(row:))
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
    init(row: SQLRow) throws {
        guard let state = State(rawValue: try row.text("state")) else {
            throw GatehouseError(.internalFailure, "A promotion is in the unknown state '\(try row.text("state"))'.")
        }
        let model = try ModelName(row.text("model"))
        self.init(
            id: try row.text("id"), model: model, version: try VersionNumber(row.integer("version")),
            to: try Stage(parsing: row.text("to_stage")),
            slot: Slot(model: model, environment: try row.text("environment"), segment: try row.text("segment")), state: state,
            evaluationID: try row.optional("evaluation_id", row.text),
            idempotencyKey: try row.optional("idempotency_key", row.text), reason: try row.text("reason"),
            warnings: try (row.json("warnings").arrayValue ?? []).compactMap(\.stringValue),
            requestedBy: Principal(stored: try row.text("requested_by")), requestedAt: try row.timestamp("requested_at"),
            decidedAt: try row.optional("decided_at", row.timestamp),
            requestReason: try row.optional("request_reason", row.text),
            binding: try row.optional("binding", row.json).map { try ReviewBinding(json: $0) },
            hasRecordedGrant: try row.bool("has_recorded_grant"),
            withdrawnBy: try row.optional("withdrawn_by") { Principal(stored: try row.text($0)) },
            withdrawReason: try row.optional("withdraw_reason", row.text))
    }
}
