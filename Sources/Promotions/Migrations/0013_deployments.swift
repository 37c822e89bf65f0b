import Storage

extension Migration {
    /// What jobs outside said they did with a version: one row per version, slot, target and job.
    static let deployments = Migration("promotions_0013_deployments") { _ in
        [
            """
            CREATE TABLE deployment (
                id TEXT PRIMARY KEY,
                model TEXT NOT NULL,
                environment TEXT NOT NULL,
                segment TEXT NOT NULL,
                version BIGINT NOT NULL,
                artifact_digest TEXT NOT NULL,
                target TEXT NOT NULL,
                job TEXT NOT NULL,
                is_active BIGINT NOT NULL,
                previous BIGINT,
                outcome TEXT NOT NULL,
                document TEXT NOT NULL,
                started_at BIGINT NOT NULL,
                start_entry BIGINT NOT NULL,
                finished_at BIGINT,
                end_entry BIGINT,
                UNIQUE (model, version, environment, segment, target, job)
            )
            """,
            "CREATE INDEX deployment_by_model ON deployment (model, started_at, id)",
            "CREATE INDEX deployment_by_target ON deployment (model, environment, target, finished_at)",
        ]
    }
}
