import Storage

extension Migration {
    /// `slack_notice.due_at` is null when the message says what is so. Requests are kept as long as their signatures could be
    /// sent again.
    static let slack = Migration("events_0002_slack") { _ in
        [
            """
            CREATE TABLE slack_notice (
                review TEXT PRIMARY KEY,
                message_id TEXT NOT NULL,
                revision BIGINT NOT NULL,
                due_at BIGINT,
                attempts BIGINT NOT NULL,
                posting_since BIGINT,
                channel TEXT,
                message_time TEXT,
                failure TEXT,
                noted_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX slack_notice_by_due ON slack_notice (due_at)",
            """
            CREATE TABLE slack_request (
                signature TEXT PRIMARY KEY,
                request_key TEXT NOT NULL,
                received_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX slack_request_by_key ON slack_request (request_key)",
            "CREATE INDEX slack_request_by_time ON slack_request (received_at)",
        ]
    }
}
