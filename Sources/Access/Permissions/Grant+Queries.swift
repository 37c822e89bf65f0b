package import GatehouseCore
package import Storage

extension SQLTransaction {
    package static let grantsPerPrincipalMax = 200
    /// More holders than any question lists at once.
    package static let grantHoldersMax = 10_000

    /// What somebody was granted. One that this program cannot read permits nothing.
    package func grants(of principal: Principal) throws -> Grants {
        let texts = try rows(
            "SELECT scope FROM access_grant WHERE principal = \(principal) ORDER BY scope LIMIT \(Self.grantsPerPrincipalMax)"
        ) { try $0.text("scope") }
        return Grants(texts.compactMap { try? Grant(parsing: $0) })
    }

    /// Every grant there is, with who holds it: of valid tokens and of users.
    package func allGrants(at now: Timestamp) throws -> [(holder: Principal, grant: Grant)] {
        let found = try rows(
            """
            SELECT principal, scope FROM access_grant
            WHERE principal IN (SELECT 'user:' || name FROM access_user)
                OR principal IN (
                    SELECT 'token:' || name FROM access_token
                    WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > \(now)))
            ORDER BY principal, scope LIMIT \(Self.grantHoldersMax)
            """
        ) { row in (holder: Principal(stored: try row.text("principal")), grant: try? Grant(parsing: row.text("scope"))) }
        return found.compactMap { holder, grant in grant.map { (holder, $0) } }
    }

    /// Whether anybody is left who may grant anything.
    func hasAdmin(at now: Timestamp) throws -> Bool {
        try first(
            """
            SELECT principal FROM access_grant WHERE scope = 'admin' AND (
                principal IN (SELECT 'user:' || name FROM access_user WHERE password IS NOT NULL OR subject IS NOT NULL)
                OR principal IN (
                    SELECT 'token:' || name FROM access_token
                    WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > \(now))))
            LIMIT 1
            """
        ) { try $0.text("principal") } != nil
    }

    /// Whether it is new. Fails with `tooLarge` above `grantsPerPrincipalMax`.
    func add(_ grant: Grant, to principal: Principal, by granter: Principal, at now: Timestamp) throws -> Bool {
        let held = try grants(of: principal).grants
        guard !held.contains(grant) else { return false }
        guard held.count < Self.grantsPerPrincipalMax else {
            throw GatehouseError(
                .tooLarge, "\(principal) holds \(held.count) grants, and no more fit.",
                hint: "Use a pattern of models, such as 'credit-*', for several of them.")
        }
        try execute(
            """
            INSERT INTO access_grant (principal, scope, granted_at, granted_by)
            VALUES (\(principal), \(grant.description), \(now), \(granter))
            """)
        return true
    }

    /// Whether it was there.
    func remove(_ grant: Grant, from principal: Principal) throws -> Bool {
        try execute("DELETE FROM access_grant WHERE principal = \(principal) AND scope = \(grant.description)") > 0
    }

    func removeGrants(of principal: Principal) throws {
        try execute("DELETE FROM access_grant WHERE principal = \(principal)")
    }
}
