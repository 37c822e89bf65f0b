import Storage

extension Migration {
    static let datasetsAndPipelines = Migration("registry_0003_datasets_and_pipelines") { _ in
        [
            "CREATE TABLE dataset (name TEXT PRIMARY KEY, last_version BIGINT NOT NULL)",
            """
            CREATE TABLE dataset_version (
                name TEXT NOT NULL REFERENCES dataset (name),
                number BIGINT NOT NULL,
                digest TEXT NOT NULL,
                format TEXT NOT NULL,
                bytes BIGINT NOT NULL,
                row_count BIGINT,
                columns TEXT NOT NULL,
                added_by TEXT NOT NULL,
                added_at BIGINT NOT NULL,
                PRIMARY KEY (name, number)
            )
            """,
            "CREATE INDEX dataset_version_by_digest ON dataset_version (digest)",
            "CREATE INDEX dataset_version_by_name ON dataset_version (name, digest)",
            "CREATE TABLE feature_pipeline (name TEXT PRIMARY KEY, last_version BIGINT NOT NULL)",
            """
            CREATE TABLE feature_pipeline_version (
                name TEXT NOT NULL REFERENCES feature_pipeline (name),
                number BIGINT NOT NULL,
                schema TEXT NOT NULL,
                schema_digest TEXT NOT NULL,
                in_production BIGINT NOT NULL CHECK (in_production IN (0, 1)),
                added_by TEXT NOT NULL,
                added_at BIGINT NOT NULL,
                PRIMARY KEY (name, number),
                UNIQUE (name, schema_digest)
            )
            """,
            """
            CREATE UNIQUE INDEX feature_pipeline_version_in_production
            ON feature_pipeline_version (name) WHERE in_production = 1
            """,
        ]
    }
}
