import Storage

extension Migration {
    /// What the server signed, under the digest of its bytes. Rows stay as they are.
    static let signedStatements = Migration("promotions_0005_signed_statements") { dialect in
        [
            """
            CREATE TABLE signed_statement (
                digest TEXT PRIMARY KEY,
                model TEXT NOT NULL,
                version BIGINT NOT NULL,
                predicate_type TEXT NOT NULL,
                name TEXT NOT NULL,
                about TEXT,
                key_id TEXT NOT NULL,
                signed_at BIGINT NOT NULL,
                body \(dialect.bytesType) NOT NULL
            )
            """,
            "CREATE INDEX signed_statement_by_version ON signed_statement (model, version, signed_at)",
        ] + dialect.appendOnly(table: "signed_statement")
    }
}
