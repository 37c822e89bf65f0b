import Storage

extension Migration {
    /// Rollouts, what was decided in them, and what gateways measured since the last decision. Reasons that people give stand in
    /// the audit entries that `…_entry` points at, where they can be erased.
    static let rollouts = Migration("promotions_0010_rollouts") { dialect in
        [
            """
            CREATE TABLE rollout (
                id TEXT PRIMARY KEY,
                model TEXT NOT NULL,
                environment TEXT NOT NULL,
                segment TEXT NOT NULL,
                version BIGINT NOT NULL,
                digest TEXT NOT NULL,
                champion_version BIGINT NOT NULL,
                champion_digest TEXT NOT NULL,
                salt TEXT NOT NULL,
                power TEXT NOT NULL,
                machine TEXT NOT NULL,
                phase TEXT NOT NULL,
                opened_by TEXT NOT NULL,
                opened_at BIGINT NOT NULL,
                open_entry BIGINT NOT NULL,
                ended_at BIGINT
            )
            """,
            "CREATE INDEX rollout_by_time ON rollout (opened_at, id)",
            "CREATE INDEX rollout_by_digest ON rollout (model, digest)",
            // One at a time in a slot.
            "CREATE UNIQUE INDEX rollout_open ON rollout (model, environment, segment) WHERE ended_at IS NULL",
            """
            CREATE TABLE rollout_event (
                rollout TEXT NOT NULL REFERENCES rollout (id),
                number BIGINT NOT NULL,
                at BIGINT NOT NULL,
                what TEXT NOT NULL,
                percent BIGINT NOT NULL,
                verdict TEXT NOT NULL,
                reason TEXT NOT NULL,
                checks TEXT NOT NULL,
                audit_entry BIGINT,
                PRIMARY KEY (rollout, number)
            )
            """,
            """
            CREATE TABLE rollout_measurement (
                rollout TEXT NOT NULL,
                gateway TEXT NOT NULL,
                batch BIGINT NOT NULL,
                from_ms BIGINT NOT NULL,
                document TEXT NOT NULL,
                PRIMARY KEY (rollout, gateway, batch)
            )
            """,
        ] + dialect.appendOnly(table: "rollout_event")
    }
}
