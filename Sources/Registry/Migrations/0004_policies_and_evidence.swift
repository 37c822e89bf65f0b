import Storage

extension Migration {
    static let policiesAndEvidence = Migration("registry_0004_policies_and_evidence") { dialect in
        [
            "CREATE TABLE policy (pattern TEXT PRIMARY KEY, last_version BIGINT NOT NULL, is_wildcard BIGINT NOT NULL)",
            "CREATE INDEX policy_by_wildcard ON policy (is_wildcard, pattern)",
            """
            CREATE TABLE policy_version (
                pattern TEXT NOT NULL REFERENCES policy (pattern),
                number BIGINT NOT NULL,
                digest TEXT NOT NULL,
                text TEXT NOT NULL,
                document TEXT NOT NULL,
                applied_by TEXT NOT NULL,
                applied_at BIGINT NOT NULL,
                PRIMARY KEY (pattern, number)
            )
            """,
            """
            CREATE TABLE posted_evidence (
                audit_sequence BIGINT PRIMARY KEY,
                artifact TEXT NOT NULL,
                check_name TEXT NOT NULL,
                body TEXT NOT NULL,
                posted_by TEXT NOT NULL,
                posted_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX posted_evidence_by_artifact ON posted_evidence (artifact, check_name, audit_sequence)",
            """
            CREATE TABLE attestation (
                audit_sequence BIGINT PRIMARY KEY,
                artifact TEXT NOT NULL,
                check_name TEXT NOT NULL,
                notes TEXT NOT NULL,
                attested_by TEXT NOT NULL,
                attested_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX attestation_by_artifact ON attestation (artifact, check_name, audit_sequence)",
        ] + ["policy_version", "posted_evidence", "attestation"].flatMap(dialect.appendOnly(table:))
    }
}
