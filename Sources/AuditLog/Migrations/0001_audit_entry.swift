import Storage

extension Migration {
    static let auditEntry = Migration("audit_0001_entry") { dialect in
        [
            """
            CREATE TABLE audit_entry (
                sequence BIGINT PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                time BIGINT NOT NULL,
                principal TEXT NOT NULL,
                action TEXT NOT NULL,
                outcome TEXT NOT NULL,
                model TEXT,
                version BIGINT,
                body \(dialect.bytesType) NOT NULL,
                leaf_hash \(dialect.bytesType) NOT NULL
            )
            """,
            "CREATE INDEX audit_entry_by_model ON audit_entry (model, version, sequence)",
            "CREATE INDEX audit_entry_by_action ON audit_entry (action, sequence)",
            "CREATE INDEX audit_entry_by_principal ON audit_entry (principal, sequence)",
            "CREATE TABLE audit_counter (id BIGINT PRIMARY KEY CHECK (id = 1), last BIGINT NOT NULL)",
            "INSERT INTO audit_counter (id, last) VALUES (1, 0)",
        ] + dialect.appendOnly(table: "audit_entry")
    }
}
