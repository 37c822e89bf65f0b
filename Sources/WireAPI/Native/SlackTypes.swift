/// A code for `/link-gatehouse`, shown once.
package struct SlackLinkCodeAnswer: Codable, Sendable {
    package let code: String
    /// What to type in Slack.
    package let command: String
    package let expiresAt: String

    package init(code: String, command: String, expiresAt: String) {
        self.code = code
        self.command = command
        self.expiresAt = expiresAt
    }

    private enum CodingKeys: String, CodingKey {
        case code, command
        case expiresAt = "expires_at"
    }
}

/// Who a user is in a Slack workspace.
package struct SlackIdentityAnswer: Codable, Sendable {
    package let user: String
    package let teamID: String
    package let slackUserID: String

    package init(user: String, teamID: String, slackUserID: String) {
        self.user = user
        self.teamID = teamID
        self.slackUserID = slackUserID
    }

    private enum CodingKeys: String, CodingKey {
        case user
        case teamID = "team_id"
        case slackUserID = "slack_user_id"
    }
}
