import Storage

extension Migration {
    static let loggedModels = Migration("registry_0007_logged_models") { _ in
        [
            """
            CREATE TABLE logged_model (
                id TEXT PRIMARY KEY,
                experiment BIGINT NOT NULL REFERENCES experiment (id),
                name TEXT NOT NULL,
                model_type TEXT NOT NULL,
                source_run TEXT NOT NULL,
                artifact_uri TEXT NOT NULL,
                status TEXT NOT NULL CHECK (status IN (
                    'LOGGED_MODEL_STATUS_UNSPECIFIED', 'LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY',
                    'LOGGED_MODEL_UPLOAD_FAILED')),
                lifecycle TEXT NOT NULL CHECK (lifecycle IN ('active', 'deleted')),
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX logged_model_by_creation ON logged_model (experiment, lifecycle, created_at DESC, id)",
            "CREATE INDEX logged_model_by_run ON logged_model (source_run)",
            """
            CREATE TABLE logged_model_tag (
                model TEXT NOT NULL REFERENCES logged_model (id),
                key TEXT NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (model, key)
            )
            """,
            """
            CREATE TABLE logged_model_param (
                model TEXT NOT NULL REFERENCES logged_model (id),
                key TEXT NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (model, key)
            )
            """,
            // No dataset is the empty name: a NULL would make two equal points differ.
            """
            CREATE TABLE logged_model_metric (
                model TEXT NOT NULL REFERENCES logged_model (id),
                key TEXT NOT NULL,
                logged_at BIGINT NOT NULL,
                step BIGINT NOT NULL,
                run TEXT NOT NULL REFERENCES run (id),
                value DOUBLE PRECISION NOT NULL,
                is_nan BIGINT NOT NULL,
                dataset_name TEXT NOT NULL,
                dataset_digest TEXT NOT NULL,
                PRIMARY KEY (model, key, logged_at, step, run, value, is_nan, dataset_name, dataset_digest)
            )
            """,
        ]
    }
}
