package import GatehouseCore
import Registry
package import Storage

extension SQLTransaction {
    package static let statementsPageMax = 1000

    func keep(_ statements: [SignedStatement]) throws {
        for statement in statements {
            try execute(
                """
                INSERT INTO signed_statement (digest, model, version, predicate_type, name, about, key_id, signed_at, body)
                VALUES (\(statement.digest), \(statement.model), \(statement.version), \(statement.predicateType),
                    \(statement.name), \(statement.about), \(statement.keyID), \(statement.signed), \(statement.body))
                """)
        }
    }

    /// What was signed about a version, oldest first.
    package func signedStatements(
        of model: ModelName, version: VersionNumber, limit: Int = statementsPageMax
    ) throws -> [SignedStatement] {
        try rows(
            """
            SELECT * FROM signed_statement WHERE model = \(model) AND version = \(version)
            ORDER BY signed_at, digest LIMIT \(min(max(limit, 1), Self.statementsPageMax))
            """, SignedStatement.init(row:))
    }

    package func signedStatement(_ digest: Digest) throws -> SignedStatement? {
        try first("SELECT * FROM signed_statement WHERE digest = \(digest)", SignedStatement.init(row:))
    }

    /// The newest of one kind, by one key where `keyID` names it.
    package func latestStatement(
        _ predicateType: String, of model: ModelName, version: VersionNumber, keyID: String? = nil
    ) throws -> SignedStatement? {
        let byKey: SQLStatement = keyID.map { "AND key_id = \($0)" } ?? ""
        return try first(
            """
            SELECT * FROM signed_statement WHERE model = \(model) AND version = \(version)
                AND predicate_type = \(predicateType) \(byKey) ORDER BY signed_at DESC, digest LIMIT 1
            """, SignedStatement.init(row:))
    }
}

extension SignedStatement {
    /// Fails with `integrity` when the bytes are not those that were signed.
    fileprivate init(row: SQLRow) throws {
        self.init(
            model: try ModelName(row.text("model")), version: try VersionNumber(row.integer("version")),
            predicateType: try row.text("predicate_type"), name: try row.text("name"),
            about: try row.optional("about", row.text), keyID: try row.text("key_id"), signed: try row.timestamp("signed_at"),
            body: try row.bytes("body"))
        guard try row.digest("digest") == digest else {
            throw GatehouseError(
                .integrity, "The signed statement \(try row.text("digest").prefix(19)) was changed in the database.",
                hint: "Compare the database with a backup of the data folder.")
        }
    }
}
