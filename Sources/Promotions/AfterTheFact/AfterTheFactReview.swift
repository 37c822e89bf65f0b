package import GatehouseCore
package import Storage

/// A version came into Production past its gates: somebody looks at it afterwards. It stays open until a person without a part
/// in it closes it.
package struct AfterTheFactReview: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case rollback
        case breakGlass = "break_glass"
    }

    package let id: String
    package let kind: Kind
    package let slot: Slot
    package let version: VersionNumber
    /// What was active in the slot until then.
    package let previous: VersionNumber?
    /// The audit entry of the deed, with its reason.
    package let auditSequence: Int64
    package let actedBy: Principal
    package let secondedBy: Principal?
    package let opened: Timestamp
    package let idempotencyKey: String?
    package let closedBy: Principal?
    package let closed: Timestamp?
    /// The audit entry that holds the finding.
    package let closeEntry: Int64?

    package var isOpen: Bool { closed == nil }
}

extension SQLTransaction {
    package static let afterTheFactReviewsMax = 1000

    package func afterTheFactReview(id: String) throws -> AfterTheFactReview? {
        try first("SELECT * FROM after_the_fact_review WHERE id = \(id)", AfterTheFactReview.init(row:))
    }

    func afterTheFactReview(model: ModelName, idempotencyKey: String) throws -> AfterTheFactReview? {
        try first(
            "SELECT * FROM after_the_fact_review WHERE model = \(model) AND idempotency_key = \(idempotencyKey)",
            AfterTheFactReview.init(row:))
    }

    package func afterTheFactReview(ofEntry sequence: Int64) throws -> AfterTheFactReview? {
        try first("SELECT * FROM after_the_fact_review WHERE audit_entry = \(sequence)", AfterTheFactReview.init(row:))
    }

    /// Newest first.
    package func afterTheFactReviews(
        of model: ModelName? = nil, onlyOpen: Bool = false, limit: Int = 100
    ) throws -> [AfterTheFactReview] {
        var condition: SQLStatement = "1 = 1"
        if let model { condition = "\(condition) AND model = \(model)" }
        if onlyOpen { condition = "\(condition) AND closed_at IS NULL" }
        return try rows(
            """
            SELECT * FROM after_the_fact_review WHERE \(condition)
            ORDER BY opened_at DESC, id DESC LIMIT \(min(max(limit, 1), Self.afterTheFactReviewsMax))
            """, AfterTheFactReview.init(row:))
    }

    func insert(_ review: AfterTheFactReview) throws {
        try execute(
            """
            INSERT INTO after_the_fact_review (id, kind, model, environment, segment, version, previous_version, audit_entry,
                acted_by, seconded_by, opened_at, idempotency_key)
            VALUES (\(review.id), \(review.kind.rawValue), \(review.slot.model), \(review.slot.environment),
                \(review.slot.segment), \(review.version), \(review.previous), \(review.auditSequence), \(review.actedBy),
                \(review.secondedBy), \(review.opened), \(review.idempotencyKey))
            """)
    }

    /// Fails with `conflict` when somebody closed it already.
    func closeAfterTheFactReview(_ id: String, by principal: Principal, at now: Timestamp, entry: Int64) throws {
        let changed = try execute(
            """
            UPDATE after_the_fact_review SET closed_by = \(principal), closed_at = \(now), close_entry = \(entry)
            WHERE id = \(id) AND closed_at IS NULL
            """)
        guard changed == 1 else { throw GatehouseError(.conflict, "The review \(id) is closed already.") }
    }
}

extension AfterTheFactReview {
    fileprivate init(row: SQLRow) throws {
        guard let kind = Kind(rawValue: try row.text("kind")) else {
            throw GatehouseError(.internalFailure, "A review after the fact is of the unknown kind '\(try row.text("kind"))'.")
        }
        self.init(
            id: try row.text("id"), kind: kind,
            slot: Slot(
                model: try ModelName(row.text("model")), environment: try row.text("environment"),
                segment: try row.text("segment")),
            version: try VersionNumber(row.integer("version")),
            previous: try row.optional("previous_version") { try VersionNumber(row.integer($0)) },
            auditSequence: try row.integer("audit_entry"), actedBy: Principal(stored: try row.text("acted_by")),
            secondedBy: try row.optional("seconded_by", row.text).map { Principal(stored: $0) },
            opened: try row.timestamp("opened_at"), idempotencyKey: try row.optional("idempotency_key", row.text),
            closedBy: try row.optional("closed_by", row.text).map { Principal(stored: $0) },
            closed: try row.optional("closed_at", row.timestamp), closeEntry: try row.optional("close_entry", row.integer))
    }
}
