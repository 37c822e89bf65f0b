import Storage

extension Migration {
    /// Comparisons of two versions on real requests. The split itself is in `slot_split` as long as one runs.
    static let slotExperiments = Migration("promotions_0012_slot_experiments") { _ in
        [
            """
            CREATE TABLE slot_experiment (
                id TEXT PRIMARY KEY,
                model TEXT NOT NULL,
                environment TEXT NOT NULL,
                segment TEXT NOT NULL,
                endpoint TEXT NOT NULL,
                champion BIGINT NOT NULL,
                version BIGINT NOT NULL,
                artifact_digest TEXT NOT NULL,
                buckets BIGINT NOT NULL,
                label TEXT NOT NULL,
                covariate TEXT,
                plan TEXT NOT NULL,
                started_at BIGINT NOT NULL,
                start_entry BIGINT NOT NULL,
                stopped_at BIGINT,
                stop_entry BIGINT,
                ended TEXT
            )
            """,
            "CREATE INDEX slot_experiment_by_slot ON slot_experiment (model, environment, segment, stopped_at)",
            "CREATE INDEX slot_experiment_by_start ON slot_experiment (started_at, id)",
        ]
    }
}
