import GatehouseCore
package import Storage

extension SQLTransaction {
    package func hasAccessTokens() throws -> Bool {
        try first("SELECT name FROM access_token LIMIT 1") { try $0.text("name") } != nil
    }

    func insert(_ token: AccessToken, digest: Digest) throws {
        try execute(
            """
            INSERT INTO access_token (digest, name, created_at, created_by, expires_at)
            VALUES (\(digest), \(token.name), \(token.created), \(token.createdBy), \(token.expires))
            """)
    }

    /// The token a presented secret belongs to, valid or not.
    func accessToken(digest: Digest) throws -> AccessToken? {
        try first("SELECT * FROM access_token WHERE digest = \(digest)", AccessToken.init(row:))
    }

    package func accessToken(named name: String) throws -> AccessToken? {
        try first("SELECT * FROM access_token WHERE name = \(name)", AccessToken.init(row:))
    }

    /// A page of tokens by name; `after` is the last name seen.
    package func accessTokens(after: String, limit: Int) throws -> [AccessToken] {
        try rows(
            "SELECT * FROM access_token WHERE name > \(after) ORDER BY name LIMIT \(limit)", AccessToken.init(row:))
    }

    func revokeToken(_ name: String, at now: Timestamp) throws {
        try execute("UPDATE access_token SET revoked_at = \(now) WHERE name = \(name) AND revoked_at IS NULL")
    }

    func noteUse(ofToken name: String, on day: Timestamp) throws {
        try execute("UPDATE access_token SET last_used_on = \(day) WHERE name = \(name)")
    }
}

extension AccessToken {
    fileprivate init(row: SQLRow) throws {
        self.init(
            name: try row.text("name"), created: try row.timestamp("created_at"),
            // Tokens of before this was recorded came from the server's first start.
            createdBy: Principal(stored: try row.optional("created_by", row.text) ?? "system:server"),
            expires: try row.optional("expires_at", row.timestamp), revoked: try row.optional("revoked_at", row.timestamp),
            lastUsedOn: try row.optional("last_used_on", row.timestamp))
    }
}
