import Storage

extension Migration {
    /// Where copied versions come from, by the entry that recorded the copy. Rows stay what they were: tags can be edited and
    /// models renamed, this cannot. It names no person, so nothing in it has to be forgotten.
    static let copies = Migration("registry_0010_copies") { dialect in
        [
            """
            CREATE TABLE version_provenance (
                audit_sequence BIGINT PRIMARY KEY,
                source_kind TEXT NOT NULL,
                source_registry TEXT NOT NULL,
                source_name TEXT NOT NULL,
                source_model TEXT NOT NULL,
                source_version TEXT NOT NULL,
                source_run TEXT,
                first_registry TEXT NOT NULL,
                first_version TEXT NOT NULL,
                artifact TEXT NOT NULL,
                verification TEXT NOT NULL,
                receipts TEXT NOT NULL,
                snapshot TEXT NOT NULL
            )
            """,
            """
            CREATE INDEX version_provenance_by_source
                ON version_provenance (source_registry, source_model, source_version, artifact)
            """,
            "ALTER TABLE model_version ADD COLUMN copy_entry BIGINT",
            "CREATE INDEX model_version_by_copy ON model_version (copy_entry) WHERE copy_entry IS NOT NULL",
        ] + dialect.appendOnly(table: "version_provenance")
    }
}
