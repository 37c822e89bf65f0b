import Storage

extension Migration {
    /// A grant is stored as its text, the form in which it is typed, sent and recorded. Tokens of before there were grants
    /// could do everything, and still can.
    static let usersAndGrants = Migration("access_0001_users_and_grants") { _ in
        [
            "ALTER TABLE access_token ADD COLUMN created_by TEXT",
            "ALTER TABLE access_token ADD COLUMN expires_at BIGINT",
            "ALTER TABLE access_token ADD COLUMN revoked_at BIGINT",
            "ALTER TABLE access_token ADD COLUMN last_used_on BIGINT",
            """
            CREATE TABLE access_user (
                name TEXT PRIMARY KEY,
                password TEXT,
                issuer TEXT,
                subject TEXT,
                created_at BIGINT NOT NULL,
                created_by TEXT NOT NULL,
                UNIQUE (issuer, subject)
            )
            """,
            """
            CREATE TABLE access_grant (
                principal TEXT NOT NULL,
                scope TEXT NOT NULL,
                granted_at BIGINT NOT NULL,
                granted_by TEXT NOT NULL,
                PRIMARY KEY (principal, scope)
            )
            """,
            """
            CREATE TABLE access_session (
                digest TEXT PRIMARY KEY,
                user_name TEXT NOT NULL,
                group_names TEXT NOT NULL,
                started_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                FOREIGN KEY (user_name) REFERENCES access_user (name)
            )
            """,
            "CREATE INDEX access_session_by_user ON access_session (user_name)",
            "CREATE INDEX access_session_by_expiry ON access_session (expires_at)",
            """
            INSERT INTO access_grant (principal, scope, granted_at, granted_by)
            SELECT 'token:' || name, 'admin', created_at, 'system:migration' FROM access_token
            """,
        ]
    }
}
