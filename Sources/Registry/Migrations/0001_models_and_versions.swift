import Storage

extension Migration {
    static let modelsAndVersions = Migration("registry_0001_models_and_versions") { dialect in
        [
            """
            CREATE TABLE artifact (
                digest TEXT PRIMARY KEY,
                file_count BIGINT NOT NULL,
                total_bytes BIGINT NOT NULL,
                sealed_at BIGINT NOT NULL
            )
            """,
            """
            CREATE TABLE artifact_file (
                artifact TEXT NOT NULL REFERENCES artifact (digest),
                path TEXT NOT NULL,
                digest TEXT NOT NULL,
                bytes BIGINT NOT NULL,
                PRIMARY KEY (artifact, path)
            )
            """,
            "CREATE INDEX artifact_file_by_digest ON artifact_file (digest)",
            """
            CREATE TABLE registered_model (
                name TEXT PRIMARY KEY,
                description TEXT NOT NULL,
                created_by TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                last_version BIGINT NOT NULL,
                deleted_at BIGINT
            )
            """,
            "CREATE INDEX registered_model_by_update ON registered_model (updated_at, name)",
            """
            CREATE TABLE model_version (
                model TEXT NOT NULL REFERENCES registered_model (name) ON UPDATE CASCADE,
                number BIGINT NOT NULL,
                stage TEXT NOT NULL CHECK (stage IN ('None', 'Staging', 'Production', 'Archived')),
                source TEXT NOT NULL,
                run_id TEXT,
                run_link TEXT,
                logged_model_id TEXT,
                description TEXT NOT NULL,
                artifact TEXT REFERENCES artifact (digest),
                signature TEXT,
                created_by TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                left_production_at BIGINT,
                idempotency_key TEXT,
                request_digest TEXT NOT NULL,
                deleted_at BIGINT,
                PRIMARY KEY (model, number),
                UNIQUE (model, idempotency_key)
            )
            """,
            "CREATE INDEX model_version_by_stage ON model_version (model, stage, number)",
            "CREATE INDEX model_version_by_update ON model_version (updated_at, model, number)",
            "CREATE INDEX model_version_by_run ON model_version (run_id)",
            "CREATE INDEX model_version_by_artifact ON model_version (artifact)",
            """
            CREATE TABLE model_tag (
                model TEXT NOT NULL REFERENCES registered_model (name) ON UPDATE CASCADE,
                key TEXT NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (model, key)
            )
            """,
            """
            CREATE TABLE version_tag (
                model TEXT NOT NULL,
                version BIGINT NOT NULL,
                key TEXT NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (model, version, key),
                FOREIGN KEY (model, version) REFERENCES model_version (model, number) ON UPDATE CASCADE
            )
            """,
            "CREATE INDEX version_tag_by_key ON version_tag (key, model, version)",
            """
            CREATE TABLE model_alias (
                model TEXT NOT NULL,
                alias TEXT NOT NULL,
                version BIGINT NOT NULL,
                PRIMARY KEY (model, alias),
                FOREIGN KEY (model, version) REFERENCES model_version (model, number) ON UPDATE CASCADE
            )
            """,
            "CREATE INDEX model_alias_by_version ON model_alias (model, version)",
        ] + ["artifact", "artifact_file"].flatMap(dialect.appendOnly(table:))
    }
}
