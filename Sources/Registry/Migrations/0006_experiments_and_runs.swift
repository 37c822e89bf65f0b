import Storage

extension Migration {
    static let experimentsAndRuns = Migration("registry_0006_experiments_and_runs") { _ in experiments + runs + metrics + inputs }

    private static let experiments: [SQLStatement] = [
        """
        CREATE TABLE experiment (
            id BIGINT PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            artifact_location TEXT NOT NULL,
            lifecycle TEXT NOT NULL CHECK (lifecycle IN ('active', 'deleted')),
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX experiment_by_creation ON experiment (lifecycle, created_at DESC, id)",
        // There is no clock here; the tables before these were made at the same moment on a fresh database.
        """
        INSERT INTO experiment (id, name, artifact_location, lifecycle, created_at, updated_at)
        SELECT 0, 'Default', 'mlflow-artifacts:/0', 'active', COALESCE(MAX(applied_at), 0), COALESCE(MAX(applied_at), 0)
        FROM gatehouse_migration
        """,
        """
        CREATE TABLE experiment_tag (
            experiment BIGINT NOT NULL REFERENCES experiment (id),
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (experiment, key)
        )
        """,
    ]

    private static let runs: [SQLStatement] = [
        """
        CREATE TABLE run (
            id TEXT PRIMARY KEY,
            experiment BIGINT NOT NULL REFERENCES experiment (id),
            name TEXT NOT NULL,
            user_id TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED')),
            start_time BIGINT NOT NULL,
            end_time BIGINT,
            artifact_uri TEXT NOT NULL,
            lifecycle TEXT NOT NULL CHECK (lifecycle IN ('active', 'deleted')),
            deleted_at BIGINT
        )
        """,
        "CREATE INDEX run_by_start ON run (experiment, lifecycle, start_time DESC, id)",
        """
        CREATE TABLE run_tag (
            run TEXT NOT NULL REFERENCES run (id),
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (run, key)
        )
        """,
        """
        CREATE TABLE run_param (
            run TEXT NOT NULL REFERENCES run (id),
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (run, key)
        )
        """,
    ]

    // NaN is the value 0 with a flag: neither database stores it alike.
    private static let metrics: [SQLStatement] = [
        """
        CREATE TABLE metric (
            run TEXT NOT NULL REFERENCES run (id),
            key TEXT NOT NULL,
            logged_at BIGINT NOT NULL,
            step BIGINT NOT NULL,
            value DOUBLE PRECISION NOT NULL,
            is_nan BIGINT NOT NULL,
            PRIMARY KEY (run, key, logged_at, step, value, is_nan)
        )
        """,
        """
        CREATE TABLE latest_metric (
            run TEXT NOT NULL REFERENCES run (id),
            key TEXT NOT NULL,
            logged_at BIGINT NOT NULL,
            step BIGINT NOT NULL,
            value DOUBLE PRECISION NOT NULL,
            is_nan BIGINT NOT NULL,
            PRIMARY KEY (run, key)
        )
        """,
    ]

    private static let inputs: [SQLStatement] = [
        """
        CREATE TABLE run_dataset (
            experiment BIGINT NOT NULL REFERENCES experiment (id),
            name TEXT NOT NULL,
            digest TEXT NOT NULL,
            source_type TEXT NOT NULL,
            source TEXT NOT NULL,
            schema_text TEXT,
            profile TEXT,
            PRIMARY KEY (experiment, name, digest)
        )
        """,
        """
        CREATE TABLE run_input (
            run TEXT NOT NULL REFERENCES run (id),
            experiment BIGINT NOT NULL,
            name TEXT NOT NULL,
            digest TEXT NOT NULL,
            PRIMARY KEY (run, name, digest),
            FOREIGN KEY (experiment, name, digest) REFERENCES run_dataset (experiment, name, digest)
        )
        """,
        "CREATE INDEX run_input_by_dataset ON run_input (experiment, name, digest, run)",
        """
        CREATE TABLE run_input_tag (
            run TEXT NOT NULL,
            name TEXT NOT NULL,
            digest TEXT NOT NULL,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (run, name, digest, key),
            FOREIGN KEY (run, name, digest) REFERENCES run_input (run, name, digest)
        )
        """,
        // Models may live in another tracking server, so these do not refer to ours.
        """
        CREATE TABLE run_model_input (
            run TEXT NOT NULL REFERENCES run (id),
            model_id TEXT NOT NULL,
            PRIMARY KEY (run, model_id)
        )
        """,
        """
        CREATE TABLE run_model_output (
            run TEXT NOT NULL REFERENCES run (id),
            model_id TEXT NOT NULL,
            step BIGINT NOT NULL,
            PRIMARY KEY (run, model_id)
        )
        """,
    ]
}
