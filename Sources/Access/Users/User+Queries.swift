import GatehouseCore
package import Storage

extension SQLTransaction {
    package func user(named name: String) throws -> User? {
        try first("SELECT * FROM access_user WHERE name = \(name)", User.init(row:))
    }

    func user(_ identity: User.Identity) throws -> User? {
        try first(
            "SELECT * FROM access_user WHERE issuer = \(identity.issuer) AND subject = \(identity.subject)", User.init(row:))
    }

    /// A page of users by name; `after` is the last name seen.
    package func users(after: String, limit: Int) throws -> [User] {
        try rows("SELECT * FROM access_user WHERE name > \(after) ORDER BY name LIMIT \(limit)", User.init(row:))
    }

    func insert(_ user: User) throws {
        try execute(
            """
            INSERT INTO access_user (name, password, issuer, subject, created_at, created_by)
            VALUES (\(user.name), \(user.password?.text), \(user.identity?.issuer), \(user.identity?.subject), \(user.created),
                \(user.createdBy))
            """)
    }

    func setPassword(_ hash: PasswordHash, of name: String) throws {
        try execute("UPDATE access_user SET password = \(hash.text) WHERE name = \(name)")
    }

    func deleteUser(_ name: String) throws {
        try deleteSessions(of: .user(name))
        try leaveTeams(name)
        try leaveSlack(name)
        try execute("DELETE FROM access_user WHERE name = \(name)")
    }
}

extension User {
    fileprivate init(row: SQLRow) throws {
        let issuer = try row.optional("issuer", row.text)
        let subject = try row.optional("subject", row.text)
        self.init(
            name: try row.text("name"), password: try row.optional("password", row.text).map { try PasswordHash(parsing: $0) },
            identity: issuer.flatMap { issuer in subject.map { Identity(issuer: issuer, subject: $0) } },
            created: try row.timestamp("created_at"), createdBy: Principal(stored: try row.text("created_by")))
    }
}
