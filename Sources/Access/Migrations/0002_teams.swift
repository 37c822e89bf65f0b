import Storage

extension Migration {
    static let teams = Migration("access_0002_teams") { _ in
        [
            """
            CREATE TABLE access_team_member (
                team TEXT NOT NULL,
                user_name TEXT NOT NULL REFERENCES access_user (name),
                added_at BIGINT NOT NULL,
                PRIMARY KEY (team, user_name)
            )
            """,
            "CREATE INDEX access_team_member_by_user ON access_team_member (user_name)",
        ]
    }
}
