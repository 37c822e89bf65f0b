import Storage

extension Migration {
    /// Edge cases that reviewers tried, and the form they are offered for it.
    static let reviewTrials = Migration("promotions_0015_review_trials") { _ in
        [
            "CREATE TABLE review_trial_offer (review_id TEXT PRIMARY KEY REFERENCES review (id), offer TEXT NOT NULL)",
            """
            CREATE TABLE review_trial (
                id TEXT PRIMARY KEY,
                review_id TEXT NOT NULL REFERENCES review (id),
                number BIGINT NOT NULL,
                tried_at BIGINT NOT NULL,
                input_row TEXT,
                candidate TEXT NOT NULL,
                champion TEXT,
                threshold DOUBLE PRECISION,
                UNIQUE (review_id, number)
            )
            """,
        ]
    }
}
