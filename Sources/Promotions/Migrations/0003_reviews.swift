import Storage

extension Migration {
    /// Reviews, and promotions that wait for them. The table of promotions is made anew: which states there are is a
    /// constraint, and SQLite changes none.
    static let reviews = Migration("promotions_0003_reviews") { _ in promotionsWithSlots + reviewTables }

    private static let promotionsWithSlots: [SQLStatement] = [
        """
        CREATE TABLE promotion_with_slot (
            id TEXT PRIMARY KEY,
            model TEXT NOT NULL,
            version BIGINT NOT NULL,
            to_stage TEXT NOT NULL,
            environment TEXT NOT NULL,
            segment TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('evaluating', 'awaiting_review', 'approved', 'blocked')),
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
            CHECK ((decided_at IS NULL) = (state IN ('evaluating', 'awaiting_review'))),
            CHECK (state <> 'awaiting_review' OR binding IS NOT NULL),
            UNIQUE (model, idempotency_key)
        )
        """,
        """
        INSERT INTO promotion_with_slot (id, model, version, to_stage, environment, segment, state, evaluation_id,
            idempotency_key, reason, warnings, requested_by, requested_at, decided_at, has_recorded_grant)
        SELECT id, model, version, to_stage, 'production', 'default', state, evaluation_id, idempotency_key, reason, warnings,
            requested_by, requested_at, decided_at, 0
        FROM promotion
        """,
        "DROP TABLE promotion",
        "ALTER TABLE promotion_with_slot RENAME TO promotion",
        "CREATE INDEX promotion_by_version ON promotion (model, version, requested_at)",
        "CREATE INDEX promotion_by_evaluation ON promotion (evaluation_id)",
        "CREATE INDEX promotion_by_state ON promotion (state, id)",
    ]

    private static let reviewTables: [SQLStatement] = [
        """
        CREATE TABLE review (
            id TEXT PRIMARY KEY,
            promotion_id TEXT NOT NULL REFERENCES promotion (id),
            model TEXT NOT NULL,
            version BIGINT NOT NULL,
            reviewer TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN
                ('requested', 'opened', 'answered', 'approved', 'rejected', 'voided', 'expired', 'withdrawn')),
            binding_digest TEXT NOT NULL,
            questionnaire TEXT NOT NULL,
            limitations TEXT NOT NULL,
            requested_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            opened_at BIGINT,
            answered_at BIGINT,
            decided_at BIGINT,
            evidence_opened TEXT NOT NULL,
            answers_digest TEXT,
            token_digest TEXT,
            wrong_tokens BIGINT NOT NULL,
            flags TEXT NOT NULL,
            reason TEXT,
            void_because TEXT
        )
        """,
        "CREATE INDEX review_by_promotion ON review (promotion_id, requested_at)",
        "CREATE INDEX review_by_reviewer ON review (reviewer, requested_at)",
        "CREATE INDEX review_by_model ON review (model, requested_at)",
        """
        CREATE TABLE review_answer (
            review_id TEXT NOT NULL REFERENCES review (id),
            question TEXT NOT NULL,
            answer TEXT NOT NULL,
            PRIMARY KEY (review_id, question)
        )
        """,
        """
        CREATE TABLE review_comment (
            id TEXT PRIMARY KEY,
            review_id TEXT NOT NULL REFERENCES review (id),
            author TEXT NOT NULL,
            text TEXT NOT NULL,
            written_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX review_comment_by_review ON review_comment (review_id, written_at)",
    ]
}
