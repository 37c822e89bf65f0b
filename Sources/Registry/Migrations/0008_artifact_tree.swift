import Storage

extension Migration {
    static let artifactTree = Migration("registry_0008_artifact_tree") { _ in
        [
            // A folder has neither digest nor bytes. One index range is a folder's list.
            """
            CREATE TABLE artifact_entry (
                parent TEXT NOT NULL,
                name TEXT NOT NULL,
                digest TEXT,
                bytes BIGINT,
                updated_at BIGINT NOT NULL,
                PRIMARY KEY (parent, name),
                CHECK ((digest IS NULL) = (bytes IS NULL))
            )
            """,
            "CREATE INDEX artifact_entry_by_digest ON artifact_entry (digest)",
            """
            CREATE TABLE artifact_seal (
                path TEXT NOT NULL,
                model TEXT NOT NULL,
                version BIGINT NOT NULL,
                PRIMARY KEY (path, model, version),
                FOREIGN KEY (model, version) REFERENCES model_version (model, number) ON UPDATE CASCADE
            )
            """,
            "CREATE INDEX artifact_seal_by_version ON artifact_seal (model, version)",
            """
            CREATE TABLE artifact_upload (
                id TEXT PRIMARY KEY,
                secret_digest TEXT NOT NULL,
                path TEXT NOT NULL,
                part_count BIGINT NOT NULL,
                started_by TEXT NOT NULL,
                started_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX artifact_upload_by_start ON artifact_upload (started_at)",
            """
            CREATE TABLE artifact_upload_part (
                upload TEXT NOT NULL REFERENCES artifact_upload (id),
                number BIGINT NOT NULL,
                digest TEXT NOT NULL,
                bytes BIGINT NOT NULL,
                PRIMARY KEY (upload, number)
            )
            """,
            "CREATE INDEX artifact_upload_part_by_digest ON artifact_upload_part (digest)",
        ]
    }
}
