import Storage

extension Migration {
    /// A browser signs in for a user or for a token: a session is kept with either.
    static let browserSessions = Migration("access_0004_browser_sessions") { _ in
        [
            """
            CREATE TABLE browser_session (
                digest TEXT PRIMARY KEY,
                principal TEXT NOT NULL,
                group_names TEXT NOT NULL,
                started_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL
            )
            """,
            """
            INSERT INTO browser_session (digest, principal, group_names, started_at, expires_at)
            SELECT digest, 'user:' || user_name, group_names, started_at, expires_at FROM access_session
            """,
            "DROP TABLE access_session",
            "CREATE INDEX browser_session_by_principal ON browser_session (principal)",
            "CREATE INDEX browser_session_by_expiry ON browser_session (expires_at)",
        ]
    }
}
