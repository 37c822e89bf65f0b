import Storage

extension Migration {
    /// What requests with an idempotency key were answered, so that repeating one repeats its answer.
    static let transitionKeys = Migration("promotions_0002_transition_keys") { _ in
        [
            """
            CREATE TABLE transition_answer (
                model TEXT NOT NULL,
                idempotency_key TEXT NOT NULL,
                version BIGINT NOT NULL,
                from_stage TEXT NOT NULL,
                to_stage TEXT NOT NULL,
                displaced TEXT NOT NULL,
                unmet TEXT NOT NULL,
                policy TEXT NOT NULL,
                PRIMARY KEY (model, idempotency_key)
            )
            """
        ]
    }
}
