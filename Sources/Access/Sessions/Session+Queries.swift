import GatehouseCore
import Storage

extension SQLTransaction {
    func session(digest: Digest) throws -> Session? {
        try first("SELECT * FROM browser_session WHERE digest = \(digest)") { row in
            Session(
                principal: Principal(stored: try row.text("principal")),
                groups: (try row.json("group_names").arrayValue ?? []).compactMap(\.stringValue),
                started: try row.timestamp("started_at"), expires: try row.timestamp("expires_at"))
        }
    }

    /// When it is over at the latest.
    func end(of session: Session, at now: Timestamp) throws -> Timestamp {
        guard session.principal.kind == .token else { return session.expires }
        guard let token = try accessToken(named: session.principal.name), token.isValid(at: now) else { return now }
        return token.expires.map { min($0, session.expires) } ?? session.expires
    }

    func insert(_ session: Session, digest: Digest) throws {
        try execute(
            """
            INSERT INTO browser_session (digest, principal, group_names, started_at, expires_at)
            VALUES (\(digest), \(session.principal), \(JSONValue.array(session.groups.map { .string($0) })), \(session.started),
                \(session.expires))
            """)
    }

    func deleteSession(digest: Digest) throws { try execute("DELETE FROM browser_session WHERE digest = \(digest)") }

    func deleteSessions(expiredAt now: Timestamp) throws {
        try execute("DELETE FROM browser_session WHERE expires_at <= \(now)")
    }

    func deleteSessions(of principal: Principal) throws {
        try execute("DELETE FROM browser_session WHERE principal = \(principal)")
    }
}
