import Storage

extension Migration {
    /// Endpoints, the tables that gateways serve from, the gateways themselves. `route_table` holds the newest ones only: the
    /// audit log says why each came about.
    static let serving = Migration("promotions_0007_serving") { _ in
        [
            """
            CREATE TABLE serving_endpoint (
                name TEXT PRIMARY KEY,
                model TEXT NOT NULL,
                environment TEXT NOT NULL,
                document TEXT NOT NULL,
                changed_at BIGINT NOT NULL,
                audit_entry BIGINT NOT NULL
            )
            """,
            "CREATE INDEX serving_endpoint_by_model ON serving_endpoint (model, environment)",
            """
            CREATE TABLE route_table (
                number BIGINT PRIMARY KEY,
                created_at BIGINT NOT NULL,
                document TEXT NOT NULL
            )
            """,
            """
            CREATE TABLE slot_split (
                model TEXT NOT NULL,
                environment TEXT NOT NULL,
                segment TEXT NOT NULL,
                split TEXT NOT NULL UNIQUE,
                kind TEXT NOT NULL,
                version BIGINT NOT NULL,
                document TEXT NOT NULL,
                PRIMARY KEY (model, environment, segment)
            )
            """,
            """
            CREATE TABLE shadow_run (
                id TEXT PRIMARY KEY,
                endpoint TEXT NOT NULL,
                segment TEXT,
                model TEXT NOT NULL,
                version BIGINT NOT NULL,
                artifact_digest TEXT NOT NULL,
                buckets BIGINT NOT NULL,
                salt TEXT NOT NULL,
                limits TEXT NOT NULL,
                started_at BIGINT NOT NULL,
                start_entry BIGINT NOT NULL,
                stopped_at BIGINT,
                stop_entry BIGINT
            )
            """,
            "CREATE INDEX shadow_run_by_endpoint ON shadow_run (endpoint, stopped_at)",
            "CREATE INDEX shadow_run_by_version ON shadow_run (model, version, started_at)",
            """
            CREATE TABLE serving_gateway (
                id TEXT PRIMARY KEY,
                program TEXT NOT NULL,
                table_number BIGINT,
                served TEXT NOT NULL,
                started_at BIGINT NOT NULL,
                first_seen_at BIGINT NOT NULL,
                last_seen_at BIGINT NOT NULL
            )
            """,
            """
            CREATE TABLE feature_buckets (
                artifact_digest TEXT PRIMARY KEY,
                document TEXT NOT NULL
            )
            """,
        ]
    }
}
