import Storage

extension Migration {
    /// What gateways recorded, and what became of predictions. No row names a person: units are hashed under the registry's key.
    static let servingRecords = Migration("promotions_0008_serving_records") { _ in batches + samples + outcomes }

    private static let batches: [SQLStatement] = [
        """
        CREATE TABLE serving_batch (
            gateway TEXT NOT NULL,
            number BIGINT NOT NULL,
            digest TEXT NOT NULL,
            records BIGINT NOT NULL,
            received_at BIGINT NOT NULL,
            PRIMARY KEY (gateway, number)
        )
        """,
        """
        CREATE TABLE arm_window (
            endpoint TEXT NOT NULL,
            segment TEXT NOT NULL,
            split TEXT NOT NULL,
            arm TEXT NOT NULL,
            version BIGINT NOT NULL,
            digest TEXT NOT NULL,
            span_ms BIGINT NOT NULL,
            from_ms BIGINT NOT NULL,
            document TEXT NOT NULL,
            PRIMARY KEY (endpoint, segment, split, arm, version, digest, span_ms, from_ms)
        )
        """,
        "CREATE INDEX arm_window_by_time ON arm_window (endpoint, from_ms)",
        "CREATE INDEX arm_window_by_age ON arm_window (span_ms, from_ms)",
        """
        CREATE TABLE exposure_tally (
            split TEXT NOT NULL,
            arm TEXT NOT NULL,
            reason TEXT NOT NULL,
            requests BIGINT NOT NULL,
            PRIMARY KEY (split, arm, reason)
        )
        """,
    ]

    private static let samples: [SQLStatement] = [
        """
        CREATE TABLE record_sample (
            kind TEXT NOT NULL,
            scope TEXT NOT NULL,
            places BIGINT NOT NULL,
            seen BIGINT NOT NULL,
            kept BIGINT NOT NULL,
            PRIMARY KEY (kind, scope)
        )
        """,
        """
        CREATE TABLE exposure (
            request_id TEXT PRIMARY KEY,
            endpoint TEXT NOT NULL,
            segment TEXT NOT NULL,
            split TEXT NOT NULL,
            arm TEXT NOT NULL,
            reason TEXT NOT NULL,
            unit_hash TEXT NOT NULL,
            place BIGINT NOT NULL,
            assigned_version BIGINT NOT NULL,
            served_version BIGINT NOT NULL,
            served_digest TEXT NOT NULL,
            features_hash TEXT,
            prediction DOUBLE PRECISION,
            latency_us BIGINT NOT NULL,
            status BIGINT NOT NULL,
            at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX exposure_by_unit ON exposure (split, unit_hash, at)",
        "CREATE INDEX exposure_by_place ON exposure (split, arm, place)",
        "CREATE INDEX exposure_by_age ON exposure (at)",
        """
        CREATE TABLE shadow_pair (
            request_id TEXT NOT NULL,
            endpoint TEXT NOT NULL,
            segment TEXT NOT NULL,
            production_version BIGINT NOT NULL,
            shadow_version BIGINT NOT NULL,
            place BIGINT NOT NULL,
            at BIGINT NOT NULL,
            document TEXT NOT NULL,
            PRIMARY KEY (endpoint, shadow_version, request_id)
        )
        """,
        "CREATE INDEX shadow_pair_by_time ON shadow_pair (endpoint, shadow_version, at)",
        "CREATE INDEX shadow_pair_by_place ON shadow_pair (endpoint, shadow_version, place)",
        "CREATE INDEX shadow_pair_by_age ON shadow_pair (at)",
    ]

    private static let outcomes: [SQLStatement] = [
        """
        CREATE TABLE outcome (
            endpoint TEXT NOT NULL,
            subject TEXT NOT NULL,
            label TEXT NOT NULL,
            value DOUBLE PRECISION NOT NULL,
            event_at BIGINT NOT NULL,
            arrived_at BIGINT NOT NULL,
            PRIMARY KEY (endpoint, subject, label)
        )
        """,
        "CREATE INDEX outcome_by_age ON outcome (arrived_at)",
    ]
}
