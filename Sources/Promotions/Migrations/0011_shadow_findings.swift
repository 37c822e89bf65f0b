import Storage

extension Migration {
    /// What shadow traffic had shown when a promotion came to rest on it. Rows are never changed.
    static let shadowFindings = Migration("promotions_0011_shadow_findings") { _ in
        [
            """
            CREATE TABLE shadow_finding (
                id TEXT PRIMARY KEY,
                run TEXT NOT NULL,
                model TEXT NOT NULL,
                version BIGINT NOT NULL,
                environment TEXT NOT NULL,
                segment TEXT NOT NULL,
                artifact_digest TEXT NOT NULL,
                policy_digest TEXT NOT NULL,
                champion BIGINT NOT NULL,
                champion_entry BIGINT NOT NULL,
                until_at BIGINT NOT NULL,
                document TEXT NOT NULL
            )
            """,
            "CREATE INDEX shadow_finding_by_version ON shadow_finding (model, version, until_at)",
        ]
    }
}
