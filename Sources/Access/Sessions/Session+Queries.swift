import GatehouseCore
import Storage

extension SQLTransaction {
    func session(digest: Digest) throws -> Session? {
        try first("SELECT * FROM access_session WHERE digest = \(digest)") { row in
            Session(
                user: try row.text("user_name"),
                groups: (try row.json("group_names").arrayValue ?? []).compactMap(\.stringValue),
                started: try row.timestamp("started_at"), expires: try row.timestamp("expires_at"))
        }
    }

    func insert(_ session: Session, digest: Digest) throws {
        try execute(
            """
            INSERT INTO access_session (digest, user_name, group_names, started_at, expires_at)
            VALUES (\(digest), \(session.user), \(JSONValue.array(session.groups.map { .string($0) })), \(session.started),
                \(session.expires))
            """)
    }

    func deleteSession(digest: Digest) throws { try execute("DELETE FROM access_session WHERE digest = \(digest)") }

    func deleteSessions(expiredAt now: Timestamp) throws {
        try execute("DELETE FROM access_session WHERE expires_at <= \(now)")
    }

    func deleteSessions(of user: String) throws { try execute("DELETE FROM access_session WHERE user_name = \(user)") }
}
