import WireAPI

extension WireType {
    static let slack = [
        WireType(
            SlackLinkCodeAnswer.self,
            """
            {"code": "4f1c-09ab", "command": "/link-gatehouse 4f1c-09ab", "expires_at": "2026-01-15T09:10:00.000Z"}
            """),
        WireType(SlackIdentityAnswer.self, #"{"user": "ben", "team_id": "T0123ABC", "slack_user_id": "U0123ABC"}"#),
    ]
}
