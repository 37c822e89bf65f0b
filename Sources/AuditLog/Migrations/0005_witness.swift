import Storage

extension Migration {
    /// What this server cosigned of other logs: never a smaller tree again, and never another of the same size.
    static let witnessedLogs = Migration("audit_0005_witness") { dialect in
        [
            """
            CREATE TABLE audit_witnessed_log (
                origin TEXT PRIMARY KEY,
                size BIGINT NOT NULL,
                root \(dialect.bytesType) NOT NULL,
                note TEXT NOT NULL,
                time BIGINT NOT NULL
            )
            """
        ]
    }
}
