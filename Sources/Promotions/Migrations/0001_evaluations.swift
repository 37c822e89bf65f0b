import Storage

extension Migration {
    /// Evaluations and promotions. A decided row never changes again: every UPDATE asks for an undecided one.
    static let evaluations = Migration("promotions_0001_evaluations") { _ in
        [
            """
            CREATE TABLE evaluation (
                id TEXT PRIMARY KEY,
                model TEXT NOT NULL,
                version BIGINT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'finished', 'failed')),
                policy_reference TEXT NOT NULL,
                policy_digest TEXT NOT NULL,
                artifact_digest TEXT,
                dataset_reference TEXT,
                champion_version BIGINT,
                results TEXT NOT NULL,
                reason TEXT,
                requested_by TEXT NOT NULL,
                started_at BIGINT NOT NULL,
                finished_at BIGINT,
                CHECK ((finished_at IS NULL) = (state IN ('queued', 'running')))
            )
            """,
            "CREATE INDEX evaluation_by_version ON evaluation (model, version, started_at)",
            "CREATE INDEX evaluation_by_state ON evaluation (state)",
            """
            CREATE TABLE promotion (
                id TEXT PRIMARY KEY,
                model TEXT NOT NULL,
                version BIGINT NOT NULL,
                to_stage TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('evaluating', 'approved', 'blocked')),
                evaluation_id TEXT REFERENCES evaluation (id),
                idempotency_key TEXT,
                reason TEXT NOT NULL,
                warnings TEXT NOT NULL,
                requested_by TEXT NOT NULL,
                requested_at BIGINT NOT NULL,
                decided_at BIGINT,
                CHECK ((decided_at IS NULL) = (state = 'evaluating')),
                UNIQUE (model, idempotency_key)
            )
            """,
            "CREATE INDEX promotion_by_version ON promotion (model, version, requested_at)",
            "CREATE INDEX promotion_by_evaluation ON promotion (evaluation_id)",
        ]
    }
}
