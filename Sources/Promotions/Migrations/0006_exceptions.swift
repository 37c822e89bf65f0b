import Storage

extension Migration {
    /// Waivers, break-glass, reviews after the fact, and policy edits that wait for a second person. Reasons and findings stand
    /// in the audit entries that `…_entry` points at, where they can be erased.
    static let exceptions = Migration("promotions_0006_exceptions") { dialect in
        waivers + deeds + policies
            + ["waiver_approval", "policy_confirmation"].flatMap(dialect.appendOnly(table:))
    }

    private static let waivers: [SQLStatement] = [
        """
        CREATE TABLE waiver (
            id TEXT PRIMARY KEY,
            model TEXT NOT NULL,
            version BIGINT NOT NULL,
            check_name TEXT NOT NULL,
            verdict TEXT NOT NULL,
            artifact_digest TEXT NOT NULL,
            ground_digest TEXT NOT NULL,
            evaluation_id TEXT NOT NULL REFERENCES evaluation (id),
            expires_at BIGINT NOT NULL,
            requested_by TEXT NOT NULL,
            requested_at BIGINT NOT NULL,
            request_entry BIGINT NOT NULL,
            active_since BIGINT,
            revoked_by TEXT,
            revoked_at BIGINT,
            revoke_entry BIGINT
        )
        """,
        "CREATE INDEX waiver_by_version ON waiver (model, version, requested_at)",
        """
        CREATE TABLE waiver_approval (
            waiver TEXT NOT NULL REFERENCES waiver (id),
            approved_by TEXT NOT NULL,
            approved_at BIGINT NOT NULL,
            audit_entry BIGINT NOT NULL,
            PRIMARY KEY (waiver, approved_by)
        )
        """,
    ]

    private static let deeds: [SQLStatement] = [
        """
        CREATE TABLE break_glass (
            id TEXT PRIMARY KEY,
            model TEXT NOT NULL,
            version BIGINT NOT NULL,
            environment TEXT NOT NULL,
            segment TEXT NOT NULL,
            artifact_digest TEXT NOT NULL,
            requested_by TEXT NOT NULL,
            requested_at BIGINT NOT NULL,
            request_entry BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            seconded_by TEXT,
            used_at BIGINT,
            used_entry BIGINT
        )
        """,
        "CREATE INDEX break_glass_by_time ON break_glass (requested_at, id)",
        """
        CREATE TABLE after_the_fact_review (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('rollback', 'break_glass')),
            model TEXT NOT NULL,
            environment TEXT NOT NULL,
            segment TEXT NOT NULL,
            version BIGINT NOT NULL,
            previous_version BIGINT,
            audit_entry BIGINT NOT NULL UNIQUE,
            acted_by TEXT NOT NULL,
            seconded_by TEXT,
            opened_at BIGINT NOT NULL,
            idempotency_key TEXT,
            closed_by TEXT,
            closed_at BIGINT,
            close_entry BIGINT,
            UNIQUE (model, idempotency_key)
        )
        """,
        "CREATE INDEX after_the_fact_review_by_time ON after_the_fact_review (opened_at, id)",
    ]

    private static let policies: [SQLStatement] = [
        """
        CREATE TABLE policy_proposal (
            id TEXT PRIMARY KEY,
            pattern TEXT NOT NULL,
            base_number BIGINT,
            digest TEXT NOT NULL,
            text TEXT NOT NULL,
            proposed_by TEXT NOT NULL,
            proposed_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'approved', 'withdrawn')),
            decided_by TEXT,
            decided_at BIGINT,
            applied_number BIGINT,
            CHECK ((decided_at IS NULL) = (state = 'open'))
        )
        """,
        "CREATE INDEX policy_proposal_by_pattern ON policy_proposal (pattern, proposed_at)",
        """
        CREATE TABLE policy_confirmation (
            pattern TEXT NOT NULL,
            number BIGINT NOT NULL,
            confirmed_by TEXT NOT NULL,
            confirmed_at BIGINT NOT NULL,
            until_at BIGINT NOT NULL,
            audit_entry BIGINT NOT NULL,
            PRIMARY KEY (pattern, number, audit_entry)
        )
        """,
    ]
}
