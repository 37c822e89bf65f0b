import Storage

extension Migration {
    /// `webhook.mode` narrows its status: '' or 'PAUSED' where it is active, '' or 'TEST_MODE' where it is disabled. `failures`
    /// counts attempts in a row that no answer of success followed. A lease on the first unfinished delivery of a webhook and
    /// model is one on both: no other is due there.
    static let targetsAndAttempts = Migration("events_0003_targets_and_attempts") { dialect in
        [
            "ALTER TABLE webhook ADD COLUMN target TEXT NOT NULL DEFAULT 'webhook'",
            "ALTER TABLE webhook ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'",
            "ALTER TABLE webhook ADD COLUMN sealed_authorization \(dialect.bytesType)",
            "ALTER TABLE webhook ADD COLUMN verifies_tls BIGINT NOT NULL DEFAULT 1",
            "ALTER TABLE webhook ADD COLUMN mode TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE webhook ADD COLUMN sealed_old_secret \(dialect.bytesType)",
            "ALTER TABLE webhook ADD COLUMN old_secret_until BIGINT",
            "ALTER TABLE webhook ADD COLUMN let_go BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE webhook ADD COLUMN failures BIGINT NOT NULL DEFAULT 1",
            "CREATE TABLE webhook_model (webhook TEXT NOT NULL REFERENCES webhook (id), model TEXT NOT NULL, PRIMARY KEY (webhook, model))",
            "ALTER TABLE webhook_delivery ADD COLUMN lease_owner TEXT",
            "ALTER TABLE webhook_delivery ADD COLUMN lease_until BIGINT",
            "ALTER TABLE webhook_delivery ADD COLUMN attempts_total BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE webhook_delivery ADD COLUMN queued_at BIGINT NOT NULL DEFAULT 0",
            """
            UPDATE webhook_delivery SET attempts_total = attempts,
                queued_at = (SELECT e.occurred_at FROM event e WHERE e.sequence = webhook_delivery.event)
            """,
            // Most rows have neither when they are written, and the one who waits for that is changing a model.
            "DROP INDEX webhook_delivery_by_due",
            "CREATE INDEX webhook_delivery_by_due ON webhook_delivery (webhook, due_at) WHERE due_at IS NOT NULL",
            "DROP INDEX webhook_delivery_by_end",
            "CREATE INDEX webhook_delivery_by_end ON webhook_delivery (finished_at) WHERE finished_at IS NOT NULL",
            """
            CREATE TABLE webhook_attempt (
                delivery TEXT NOT NULL REFERENCES webhook_delivery (id),
                number BIGINT NOT NULL,
                started_at BIGINT NOT NULL,
                duration_ms BIGINT NOT NULL,
                response_status BIGINT,
                response_body TEXT,
                failure TEXT,
                PRIMARY KEY (delivery, number)
            )
            """,
        ]
    }
}
