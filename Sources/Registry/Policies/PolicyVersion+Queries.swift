package import GatehouseCore
package import Storage

extension SQLTransaction {
    /// More patterns than anybody can keep apart; each of them is matched against a model's name.
    package static let policyPatternsMax = 1000

    /// The newest policy that rules a model: the one of its own name, else that of the pattern with the most literal
    /// characters. Nil: only the server's default applies.
    package func governingPolicy(of model: ModelName) throws -> PolicyVersion? {
        if let own = try policy(model.text) { return own }
        let patterns = try rows(
            "SELECT pattern FROM policy WHERE is_wildcard = 1 ORDER BY pattern LIMIT \(Self.policyPatternsMax)"
        ) { try $0.text("pattern") }
        return try PolicyPattern.governing(model, among: patterns).flatMap { try policy($0) }
    }

    /// One version of a policy, or the newest.
    package func policy(_ pattern: String, _ number: VersionNumber? = nil) throws -> PolicyVersion? {
        let one: SQLStatement = number.map { "AND number = \($0)" } ?? ""
        return try first(
            "SELECT * FROM policy_version WHERE pattern = \(pattern) \(one) ORDER BY number DESC LIMIT 1",
            PolicyVersion.init(row:))
    }

    /// A page of one policy's versions, newest first. `before` is the last number seen.
    package func policyVersions(
        of pattern: String, before: VersionNumber? = nil, limit: Int = 100
    ) throws -> [PolicyVersion] {
        try rows(
            """
            SELECT * FROM policy_version WHERE pattern = \(pattern) AND number < \(before?.value ?? .max)
            ORDER BY number DESC LIMIT \(Page.bounded(limit))
            """, PolicyVersion.init(row:))
    }

    /// A page of the newest version of each policy, by pattern. `after` is the last pattern seen.
    package func policies(after: String = "", limit: Int = 100) throws -> [PolicyVersion] {
        try rows(
            """
            SELECT v.* FROM policy p JOIN policy_version v ON v.pattern = p.pattern AND v.number = p.last_version
            WHERE p.pattern > \(after) ORDER BY p.pattern LIMIT \(Page.bounded(limit))
            """, PolicyVersion.init(row:))
    }

    func insertPolicy(
        _ pattern: String, digest: Digest, text: String, document: JSONValue, by principal: Principal, at now: Timestamp
    ) throws -> PolicyVersion {
        let number = try first(
            """
            INSERT INTO policy (pattern, last_version, is_wildcard) VALUES (\(pattern), 1, \(pattern.contains("*")))
            ON CONFLICT (pattern) DO UPDATE SET last_version = policy.last_version + 1 RETURNING last_version
            """
        ) { try VersionNumber($0.integer("last_version")) }
        guard let number else { throw GatehouseError(.internalFailure, "A counter gave no number.") }
        let policy = PolicyVersion(
            pattern: pattern, number: number, digest: digest, text: text, document: document, appliedBy: principal,
            applied: now)
        try execute(
            """
            INSERT INTO policy_version (pattern, number, digest, text, document, applied_by, applied_at)
            VALUES (\(pattern), \(number), \(digest), \(text), \(document), \(principal), \(now))
            """)
        return policy
    }
}

extension PolicyVersion {
    fileprivate init(row: SQLRow) throws {
        self.init(
            pattern: try row.text("pattern"), number: try VersionNumber(row.integer("number")),
            digest: try row.digest("digest"), text: try row.text("text"), document: try row.json("document"),
            appliedBy: Principal(stored: try row.text("applied_by")), applied: try row.timestamp("applied_at"))
    }
}
