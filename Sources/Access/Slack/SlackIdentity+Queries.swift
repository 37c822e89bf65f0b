import GatehouseCore
package import Storage

extension SQLTransaction {
    package static let slackIdentitiesMax = 20

    /// The user that this person in Slack is here; nil when nobody linked them.
    package func user(_ identity: SlackIdentity) throws -> User? {
        let name = try first(
            "SELECT user_name FROM slack_identity WHERE team_id = \(identity.team) AND slack_user_id = \(identity.user)"
        ) { try $0.text("user_name") }
        return try name.flatMap { try user(named: $0) }
    }

    /// Who a user is in Slack, by workspace.
    package func slackIdentities(of user: String) throws -> [SlackIdentity] {
        try rows(
            """
            SELECT team_id, slack_user_id FROM slack_identity WHERE user_name = \(user)
            ORDER BY team_id, slack_user_id LIMIT \(Self.slackIdentitiesMax)
            """
        ) { try SlackIdentity(team: $0.text("team_id"), user: $0.text("slack_user_id")) }
    }

    func insert(_ identity: SlackIdentity, of user: String, by principal: Principal, at now: Timestamp) throws {
        try execute(
            """
            INSERT INTO slack_identity (team_id, slack_user_id, user_name, linked_at, linked_by)
            VALUES (\(identity.team), \(identity.user), \(user), \(now), \(principal))
            """)
    }

    func delete(_ identity: SlackIdentity, of user: String) throws -> Bool {
        try execute(
            """
            DELETE FROM slack_identity
            WHERE team_id = \(identity.team) AND slack_user_id = \(identity.user) AND user_name = \(user)
            """) > 0
    }

    func leaveSlack(_ user: String) throws {
        try execute("DELETE FROM slack_identity WHERE user_name = \(user)")
        try execute("DELETE FROM slack_link_code WHERE user_name = \(user)")
    }

    /// One code per user: a new one replaces the old.
    func setLinkCode(_ digest: Digest, of user: String, until end: Timestamp) throws {
        try execute("DELETE FROM slack_link_code WHERE user_name = \(user)")
        try execute(
            "INSERT INTO slack_link_code (digest, user_name, expires_at) VALUES (\(digest), \(user), \(end))")
    }

    /// Whose code it is, if it is good at `now`; it is used up then.
    func useLinkCode(_ digest: Digest, at now: Timestamp) throws -> String? {
        let name = try first(
            "SELECT user_name FROM slack_link_code WHERE digest = \(digest) AND expires_at > \(now)"
        ) { try $0.text("user_name") }
        if name != nil { try execute("DELETE FROM slack_link_code WHERE digest = \(digest)") }
        return name
    }
}
