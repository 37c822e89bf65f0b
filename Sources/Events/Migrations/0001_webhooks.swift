import Storage

extension Migration {
    /// `webhook_delivery.due_at` stands only in the first unfinished delivery of its webhook and model: the others wait behind
    /// it, which is what keeps the order.
    static let webhooks = Migration("events_0001_webhooks") { dialect in
        [
            """
            CREATE TABLE webhook (
                id TEXT PRIMARY KEY,
                name TEXT NOT NULL,
                description TEXT,
                url TEXT NOT NULL,
                status TEXT NOT NULL CHECK (status IN ('ACTIVE', 'DISABLED')),
                sealed_secret \(dialect.bytesType),
                disabled_because TEXT,
                created_by TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX webhook_by_creation ON webhook (created_at, id)",
            """
            CREATE TABLE webhook_subscription (
                webhook TEXT NOT NULL REFERENCES webhook (id),
                type TEXT NOT NULL,
                PRIMARY KEY (webhook, type)
            )
            """,
            "CREATE INDEX webhook_subscription_by_type ON webhook_subscription (type, webhook)",
            """
            CREATE TABLE event (
                sequence BIGINT PRIMARY KEY,
                type TEXT NOT NULL,
                model TEXT NOT NULL,
                audit_sequence BIGINT NOT NULL,
                occurred_at BIGINT NOT NULL,
                body \(dialect.bytesType) NOT NULL
            )
            """,
            "CREATE INDEX event_by_time ON event (occurred_at)",
            "CREATE TABLE event_counter (id BIGINT PRIMARY KEY CHECK (id = 1), last BIGINT NOT NULL)",
            "INSERT INTO event_counter (id, last) VALUES (1, 0)",
            """
            CREATE TABLE webhook_delivery (
                id TEXT PRIMARY KEY,
                webhook TEXT NOT NULL REFERENCES webhook (id),
                event BIGINT NOT NULL REFERENCES event (sequence),
                model TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
                due_at BIGINT,
                attempts BIGINT NOT NULL,
                attempted_at BIGINT,
                finished_at BIGINT,
                duration_ms BIGINT,
                response_status BIGINT,
                response_body TEXT,
                failure TEXT,
                UNIQUE (webhook, event)
            )
            """,
            "CREATE INDEX webhook_delivery_by_due ON webhook_delivery (webhook, due_at)",
            "CREATE INDEX webhook_delivery_by_model ON webhook_delivery (webhook, model, state, event)",
            "CREATE INDEX webhook_delivery_by_event ON webhook_delivery (event)",
            "CREATE INDEX webhook_delivery_by_end ON webhook_delivery (finished_at)",
        ]
    }
}
