package import GatehouseCore
package import Storage

/// Which entries are asked for; what is nil does not restrict.
package struct AuditFilter: Sendable, Hashable {
    package var model: ModelName?
    package var version: VersionNumber?
    package var action: AuditAction?
    package var outcome: AuditOutcome?
    package var principal: Principal?
    /// From this time on.
    package var from: Timestamp?
    /// Before this time.
    package var until: Timestamp?

    package init(
        model: ModelName? = nil, version: VersionNumber? = nil, action: AuditAction? = nil, outcome: AuditOutcome? = nil,
        principal: Principal? = nil, from: Timestamp? = nil, until: Timestamp? = nil
    ) {
        self.model = model
        self.version = version
        self.action = action
        self.outcome = outcome
        self.principal = principal
        self.from = from
        self.until = until
    }

    fileprivate var condition: SQLStatement {
        var condition: SQLStatement = "1 = 1"
        if let model { condition = "\(condition) AND model = \(model)" }
        if let version { condition = "\(condition) AND version = \(version)" }
        if let action { condition = "\(condition) AND action = \(action.rawValue)" }
        if let outcome {
            // Most entries are granted: where anything narrower is asked for, that is what to search by.
            let isAlone = model == nil && action == nil && principal == nil
            condition =
                isAlone
                ? "\(condition) AND outcome = \(outcome.rawValue)" : "\(condition) AND outcome || '' = \(outcome.rawValue)"
        }
        if let principal {
            condition =
                principal.isAccount
                ? "\(condition) AND principal = (SELECT reference FROM audit_person WHERE principal = \(principal))"
                : "\(condition) AND principal = \(principal)"
        }
        if let from { condition = "\(condition) AND time >= \(from)" }
        if let until { condition = "\(condition) AND time < \(until)" }
        return condition
    }
}

extension SQLTransaction {
    package static let auditPageMax = 1000

    /// Appends an entry in the caller's transaction: the fact and its record are written together or not at all.
    /// Fails with `tooLarge` above `AuditLeaf.bytesMax` and `alreadyExists` when the id was used before.
    @discardableResult
    package func append(_ draft: AuditDraft) throws -> AuditEntry {
        // A counter row rather than the database's own: it has no gaps, and writers queue for their place in the tree.
        let next = try first("UPDATE audit_counter SET last = last + 1 WHERE id = 1 RETURNING last") { try $0.integer("last") }
        guard let next else { throw GatehouseError(.internalFailure, "The audit log has no counter; migrations did not run.") }
        let texts = try draft.saltedTexts()
        let leaf = AuditLeaf(
            draft, sequence: next, principal: try reference(to: draft.principal),
            people: try draft.people.mapValues { try reference(to: $0) }, texts: texts.mapValues(\.commitment))
        let bytes = leaf.canonicalBytes
        guard bytes.count <= AuditLeaf.bytesMax else {
            throw GatehouseError(
                .tooLarge, "The audit entry '\(draft.action.rawValue)' has \(bytes.count) bytes; \(AuditLeaf.bytesMax) fit.",
                hint: "Refer to large evidence by its digest.")
        }
        try insert(leaf)
        try keep(texts, of: next)
        let entry = AuditEntry(
            leaf: leaf, principal: draft.principal, people: draft.people, texts: draft.texts.filter { !$0.value.isEmpty })
        announce(entry)
        return entry
    }

    /// The entries that this transaction appended until now, in order.
    package var appendedAuditEntries: [AuditEntry] { announced(AuditEntry.self) }

    /// Writes the row of an entry that has its place in the log.
    func insert(_ leaf: AuditLeaf) throws {
        try execute(
            """
            INSERT INTO audit_entry (sequence, id, time, principal, action, outcome, model, version, body, leaf_hash)
            VALUES (\(leaf.sequence), \(leaf.id), \(leaf.time), \(leaf.principal), \(leaf.action.rawValue),
                \(leaf.outcome.rawValue), \(leaf.model), \(leaf.version), \(leaf.canonicalBytes),
                \(AuditLeaf.hash(of: leaf.canonicalBytes)))
            """)
    }

    /// A page of matching entries, newest first. `before` is the sequence of the last entry seen.
    package func auditEntries(
        _ filter: AuditFilter = AuditFilter(), before: Int64 = .max, limit: Int = 100
    ) throws -> [AuditEntry] {
        try entries(
            rows(
                """
                SELECT * FROM audit_entry WHERE \(filter.condition) AND sequence < \(before)
                ORDER BY sequence DESC LIMIT \(min(max(limit, 0), Self.auditPageMax))
                """, AuditLeaf.init(row:)))
    }

    /// A page of matching entries, oldest first. `after` is the sequence of the last entry seen.
    package func auditEntries(
        _ filter: AuditFilter = AuditFilter(), after: Int64, limit: Int = 100
    ) throws -> [AuditEntry] {
        try entries(
            rows(
                """
                SELECT * FROM audit_entry WHERE \(filter.condition) AND sequence > \(after)
                ORDER BY sequence LIMIT \(min(max(limit, 0), Self.auditPageMax))
                """, AuditLeaf.init(row:)))
    }

    package func auditEntry(sequence: Int64) throws -> AuditEntry? {
        try entries(rows("SELECT * FROM audit_entry WHERE sequence = \(sequence)", AuditLeaf.init(row:))).first
    }

    package func auditEntry(id: String) throws -> AuditEntry? {
        try entries(rows("SELECT * FROM audit_entry WHERE id = \(id)", AuditLeaf.init(row:))).first
    }

    /// The number of entries, which is the sequence of the last one.
    package func auditEntryCount() throws -> Int64 {
        try first("SELECT last FROM audit_counter WHERE id = 1") { try $0.integer("last") } ?? 0
    }

    /// Leaf hashes in order, from the entry after `after`: what the Merkle tree is built from.
    package func auditLeafHashes(after: Int64, limit: Int) throws -> [[UInt8]] {
        try rows(
            """
            SELECT leaf_hash FROM audit_entry WHERE sequence > \(after)
            ORDER BY sequence LIMIT \(min(max(limit, 0), Self.auditPageMax))
            """
        ) { try $0.bytes("leaf_hash") }
    }
}

extension AuditLeaf {
    /// Reads an entry and compares it with its hash and with the columns that it is found by.
    /// Fails with `integrity` naming the entry when somebody changed one of them.
    init(row: SQLRow) throws {
        let sequence = try row.integer("sequence")
        let bytes = try row.bytes("body")
        guard try Self.hash(of: bytes) == row.bytes("leaf_hash") else {
            throw Self.damaged("does not match its hash", sequence: sequence)
        }
        try self.init(canonicalBytes: bytes)
        let columns: [SQLValue] = try [
            "sequence", "id", "time", "principal", "action", "outcome", "model", "version",
        ].map { try row.value($0) }
        let expected: [SQLValue] = [
            self.sequence.sqlValue, id.sqlValue, time.sqlValue, principal.sqlValue, action.rawValue.sqlValue,
            outcome.rawValue.sqlValue, model.sqlValue, version.sqlValue,
        ]
        guard columns == expected else { throw Self.damaged("is filed under other columns than it holds", sequence: sequence) }
    }
}
