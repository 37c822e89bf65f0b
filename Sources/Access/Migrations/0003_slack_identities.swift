import Storage

extension Migration {
    static let slackIdentities = Migration("access_0003_slack_identities") { _ in
        [
            """
            CREATE TABLE slack_identity (
                team_id TEXT NOT NULL,
                slack_user_id TEXT NOT NULL,
                user_name TEXT NOT NULL REFERENCES access_user (name),
                linked_at BIGINT NOT NULL,
                linked_by TEXT NOT NULL,
                PRIMARY KEY (team_id, slack_user_id)
            )
            """,
            "CREATE INDEX slack_identity_by_user ON slack_identity (user_name)",
            """
            CREATE TABLE slack_link_code (
                digest TEXT PRIMARY KEY,
                user_name TEXT NOT NULL UNIQUE REFERENCES access_user (name),
                expires_at BIGINT NOT NULL
            )
            """,
        ]
    }
}
