package import GatehouseCore
package import Storage

/// A request to bring a version into Production past gates that it failed or never saw, which takes a second person. Nobody
/// can lift what the rest of the system rests on: bytes that were never sealed stay out.
package struct BreakGlass: Sendable, Equatable {
    /// A request that nobody seconds for so long is over: an incident is now.
    package static let openMinutesMax: Int64 = 60
    package static let incidentBytesMax = 200

    package enum State: String, Sendable, CaseIterable { case requested, expired, used }

    package let id: String
    package let slot: Slot
    package let version: VersionNumber
    package let artifact: Digest
    package let requestedBy: Principal
    package let requested: Timestamp
    /// The audit entry that holds reason and incident.
    package let requestEntry: Int64
    package let expires: Timestamp
    package let secondedBy: Principal?
    package let used: Timestamp?
    package let usedEntry: Int64?

    package func state(at now: Timestamp) -> State { used != nil ? .used : now >= expires ? .expired : .requested }
}

/// Everything break-glass asks for before it is even a request. All that is missing is named at once.
struct BreakGlassFacts {
    let model: ModelName
    let version: VersionNumber
    let stage: Stage
    let isPinned: Bool
    let reason: String
    let incident: String
    let isPerson: Bool

    var missing: [MissingRequirement] {
        var missing: [MissingRequirement] = []
        if reason.allSatisfy(\.isWhitespace) {
            missing.append(MissingRequirement("a reason", command: "repeat it with --reason \"…\""))
        }
        if incident.allSatisfy(\.isWhitespace) {
            missing.append(MissingRequirement("an incident reference", command: "repeat it with --incident INC-1234"))
        }
        if !isPinned {
            missing.append(
                MissingRequirement(
                    "sealed bytes: the artifact of \(model) v\(version) is unpinned, which not even break-glass lets in",
                    command: "gatehouse version create \(shellQuoted(model.text)) --model PATH"))
        }
        if !isPerson { missing.append(MissingRequirement("a person to answer for it: sign in as a user, not with a token")) }
        switch stage {
        case .none, .staging: break
        case .archived:
            missing.append(
                MissingRequirement(
                    "another way: \(model) v\(version) is archived, and what was active before returns by a rollback",
                    command: "gatehouse rollback \(shellQuoted(model.text)) --to \(version) --reason \"…\""))
        case .production:
            missing.append(MissingRequirement("a need for it: \(model) v\(version) is in Production already"))
        }
        return missing
    }
}

extension SQLTransaction {
    package func breakGlass(id: String) throws -> BreakGlass? {
        try first("SELECT * FROM break_glass WHERE id = \(id)", BreakGlass.init(row:))
    }

    /// Newest first.
    package func breakGlasses(of model: ModelName? = nil, limit: Int = 100) throws -> [BreakGlass] {
        let one: SQLStatement = model.map { "WHERE model = \($0)" } ?? ""
        return try rows(
            "SELECT * FROM break_glass \(one) ORDER BY requested_at DESC, id DESC LIMIT \(min(max(limit, 1), 1000))",
            BreakGlass.init(row:))
    }

    func insert(_ request: BreakGlass) throws {
        try execute(
            """
            INSERT INTO break_glass (id, model, version, environment, segment, artifact_digest, requested_by, requested_at,
                request_entry, expires_at)
            VALUES (\(request.id), \(request.slot.model), \(request.version), \(request.slot.environment),
                \(request.slot.segment), \(request.artifact), \(request.requestedBy), \(request.requested),
                \(request.requestEntry), \(request.expires))
            """)
    }

    /// Fails with `conflict` when it was used already.
    func useBreakGlass(_ id: String, by principal: Principal, at now: Timestamp, entry: Int64) throws {
        let changed = try execute(
            """
            UPDATE break_glass SET seconded_by = \(principal), used_at = \(now), used_entry = \(entry)
            WHERE id = \(id) AND used_at IS NULL
            """)
        guard changed == 1 else { throw GatehouseError(.conflict, "\(id) was used already.") }
    }
}

extension BreakGlass {
    fileprivate init(row: SQLRow) throws {
        self.init(
            id: try row.text("id"),
            slot: Slot(
                model: try ModelName(row.text("model")), environment: try row.text("environment"),
                segment: try row.text("segment")),
            version: try VersionNumber(row.integer("version")), artifact: try row.digest("artifact_digest"),
            requestedBy: Principal(stored: try row.text("requested_by")), requested: try row.timestamp("requested_at"),
            requestEntry: try row.integer("request_entry"), expires: try row.timestamp("expires_at"),
            secondedBy: try row.optional("seconded_by", row.text).map { Principal(stored: $0) },
            used: try row.optional("used_at", row.timestamp), usedEntry: try row.optional("used_entry", row.integer))
    }
}
