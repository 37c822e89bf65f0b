package import GatehouseCore
package import Storage

extension SQLTransaction {
    package static let waiversMax = 1000

    package func waiver(id: String) throws -> Waiver? {
        try waivers(where: "id = \(id)", limit: 1).first
    }

    /// Newest first.
    package func waivers(of model: ModelName? = nil, version: VersionNumber? = nil, limit: Int = waiversMax) throws -> [Waiver] {
        var condition: SQLStatement = "1 = 1"
        if let model { condition = "\(condition) AND model = \(model)" }
        if let version { condition = "\(condition) AND version = \(version)" }
        return try waivers(where: condition, limit: min(max(limit, 1), Self.waiversMax))
    }

    private func waivers(where condition: SQLStatement, limit: Int) throws -> [Waiver] {
        let found = try rows(
            "SELECT * FROM waiver WHERE \(condition) ORDER BY requested_at DESC, id DESC LIMIT \(limit)"
        ) { row in (id: try row.text("id"), waiver: try Waiver.reader(row)) }
        guard !found.isEmpty else { return [] }
        let approvals = try rows(
            """
            SELECT * FROM waiver_approval WHERE waiver IN (\(SQLStatement.list(found.map { $0.id })))
            ORDER BY audit_entry LIMIT \(Self.waiversMax * 20)
            """
        ) { row in
            let approval = Waiver.Approval(
                by: Principal(stored: try row.text("approved_by")), at: try row.timestamp("approved_at"),
                auditSequence: try row.integer("audit_entry"))
            return (waiver: try row.text("waiver"), approval: approval)
        }
        let byWaiver = Dictionary(grouping: approvals) { $0.waiver }.mapValues { $0.map { $0.approval } }
        return found.map { $0.waiver(byWaiver[$0.id] ?? []) }
    }

    func insert(_ waiver: Waiver) throws {
        try execute(
            """
            INSERT INTO waiver (id, model, version, check_name, verdict, artifact_digest, ground_digest, evaluation_id,
                expires_at, requested_by, requested_at, request_entry)
            VALUES (\(waiver.id), \(waiver.model), \(waiver.version), \(waiver.check), \(waiver.verdict.rawValue),
                \(waiver.artifact), \(waiver.ground), \(waiver.evaluation), \(waiver.expires), \(waiver.requestedBy),
                \(waiver.requested), \(waiver.requestEntry))
            """)
    }

    func approveWaiver(_ id: String, by principal: Principal, at now: Timestamp, entry: Int64) throws {
        try execute(
            """
            INSERT INTO waiver_approval (waiver, approved_by, approved_at, audit_entry)
            VALUES (\(id), \(principal), \(now), \(entry))
            """)
    }

    func activateWaiver(_ id: String, at now: Timestamp) throws {
        try execute("UPDATE waiver SET active_since = \(now) WHERE id = \(id) AND active_since IS NULL AND revoked_at IS NULL")
    }

    /// Fails with `conflict` when it is revoked already.
    func revokeWaiver(_ id: String, by principal: Principal, at now: Timestamp, entry: Int64) throws {
        let changed = try execute(
            """
            UPDATE waiver SET revoked_by = \(principal), revoked_at = \(now), revoke_entry = \(entry)
            WHERE id = \(id) AND revoked_at IS NULL
            """)
        guard changed == 1 else { throw GatehouseError(.conflict, "The waiver \(id) is revoked already.") }
    }
}

extension Waiver {
    /// What a row holds, waiting for the approvals, which are rows of their own.
    fileprivate static func reader(_ row: SQLRow) throws -> ([Approval]) -> Waiver {
        guard let verdict = Verdict(rawValue: try row.text("verdict")) else {
            throw GatehouseError(.internalFailure, "A waiver has the unknown verdict '\(try row.text("verdict"))'.")
        }
        let id = try row.text("id")
        let model = try ModelName(row.text("model"))
        let version = try VersionNumber(row.integer("version"))
        let check = try row.text("check_name")
        let (artifact, ground) = (try row.digest("artifact_digest"), try row.digest("ground_digest"))
        let evaluation = try row.text("evaluation_id")
        let (expires, requested) = (try row.timestamp("expires_at"), try row.timestamp("requested_at"))
        let requestedBy = Principal(stored: try row.text("requested_by"))
        let requestEntry = try row.integer("request_entry")
        let activeSince = try row.optional("active_since", row.timestamp)
        let revokedBy = try row.optional("revoked_by", row.text).map { Principal(stored: $0) }
        let revoked = try row.optional("revoked_at", row.timestamp)
        return { approvals in
            Waiver(
                id: id, model: model, version: version, check: check, verdict: verdict, artifact: artifact, ground: ground,
                evaluation: evaluation, expires: expires, requestedBy: requestedBy, requested: requested,
                requestEntry: requestEntry, activeSince: activeSince, revokedBy: revokedBy, revoked: revoked,
                approvals: approvals)
        }
    }
}
