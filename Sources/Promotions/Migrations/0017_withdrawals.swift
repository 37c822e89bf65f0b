import Storage

extension Migration {
    /// Promotions that were taken back, by whom and why. Which states there are is a constraint, so the table is made anew;
    /// reviews refer to its rows, which is looked at again when all of them are back.
    static let withdrawals = Migration("promotions_0017_withdrawals") { _ in
        [
            "PRAGMA defer_foreign_keys = ON",
            "CREATE TABLE promotion_before AS SELECT * FROM promotion",
            "DROP TABLE promotion",
            """
            CREATE TABLE promotion (
                id TEXT PRIMARY KEY,
                model TEXT NOT NULL,
                version BIGINT NOT NULL,
                to_stage TEXT NOT NULL,
                environment TEXT NOT NULL,
                segment TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('evaluating', 'awaiting_review', 'approved', 'blocked', 'withdrawn')),
                evaluation_id TEXT REFERENCES evaluation (id),
                idempotency_key TEXT,
                reason TEXT NOT NULL,
                warnings TEXT NOT NULL,
                requested_by TEXT NOT NULL,
                requested_at BIGINT NOT NULL,
                decided_at BIGINT,
                request_reason TEXT,
                binding TEXT,
                has_recorded_grant BIGINT NOT NULL,
                withdrawn_by TEXT,
                withdraw_reason TEXT,
                CHECK ((decided_at IS NULL) = (state IN ('evaluating', 'awaiting_review'))),
                CHECK ((withdrawn_by IS NULL) = (state <> 'withdrawn')),
                CHECK (state <> 'awaiting_review' OR binding IS NOT NULL),
                UNIQUE (model, idempotency_key)
            )
            """,
            """
            INSERT INTO promotion (id, model, version, to_stage, environment, segment, state, evaluation_id, idempotency_key,
                reason, warnings, requested_by, requested_at, decided_at, request_reason, binding, has_recorded_grant)
            SELECT id, model, version, to_stage, environment, segment, state, evaluation_id, idempotency_key, reason, warnings,
                requested_by, requested_at, decided_at, request_reason, binding, has_recorded_grant
            FROM promotion_before
            """,
            "DROP TABLE promotion_before",
            "CREATE INDEX promotion_by_version ON promotion (model, version, requested_at)",
            "CREATE INDEX promotion_by_evaluation ON promotion (evaluation_id)",
            "CREATE INDEX promotion_by_state ON promotion (state, id)",
            "CREATE INDEX promotion_by_time ON promotion (requested_at, id)",
            "CREATE INDEX promotion_by_state_and_time ON promotion (state, requested_at, id)",
            "CREATE INDEX promotion_by_model ON promotion (model, requested_at, id)",
        ]
    }
}
