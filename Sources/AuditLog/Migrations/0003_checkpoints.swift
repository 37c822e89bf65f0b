import Storage

extension Migration {
    /// What was signed, and which writer may sign.
    static let checkpoints = Migration("audit_0003_checkpoints") { dialect in
        [
            """
            CREATE TABLE audit_checkpoint (
                number BIGINT PRIMARY KEY,
                size BIGINT NOT NULL,
                root TEXT NOT NULL,
                note TEXT NOT NULL,
                fence BIGINT NOT NULL,
                time BIGINT NOT NULL
            )
            """,
            "CREATE TABLE audit_writer (id BIGINT PRIMARY KEY CHECK (id = 1), fence BIGINT NOT NULL)",
            "INSERT INTO audit_writer (id, fence) VALUES (1, 0)",
        ] + dialect.appendOnly(table: "audit_checkpoint")
    }
}
