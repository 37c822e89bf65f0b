import Storage

extension Migration {
    /// So that a look at a shadow run reads only the pairs that came since the last one, and knows what else has changed.
    static let recordTurns = Migration("promotions_0016_record_turns") { _ in
        [
            "ALTER TABLE shadow_pair ADD COLUMN turn BIGINT NOT NULL DEFAULT 0",
            "CREATE INDEX shadow_pair_by_turn ON shadow_pair (endpoint, shadow_version, turn)",
            """
            CREATE TABLE record_change (
                scope TEXT PRIMARY KEY,
                changes BIGINT NOT NULL
            )
            """,
        ]
    }
}
