package import GatehouseCore
package import Storage

/// Whether a signed request of Slack's has been here before.
package enum SlackAdmission: Sendable, Equatable {
    case new
    /// The same click or command, signed again: Slack got no answer in time. It gets the answer that there was.
    case repeated
    /// The very same bytes and signature. Slack signs every attempt anew, so somebody else sent them again.
    case replayed
}

extension SQLTransaction {
    /// Remembers a request whose signature was found right. `key` names what Slack would repeat: a trigger, an event.
    package func admitSlackRequest(signature: String, key: String, at now: Timestamp) throws -> SlackAdmission {
        let inserted = try execute(
            """
            INSERT INTO slack_request (signature, request_key, received_at) VALUES (\(signature), \(key), \(now))
            ON CONFLICT (signature) DO NOTHING
            """)
        guard inserted == 1 else { return .replayed }
        let before = try first(
            "SELECT signature FROM slack_request WHERE request_key = \(key) AND signature <> \(signature) LIMIT 1"
        ) { try $0.text("signature") }
        return before == nil ? .new : .repeated
    }
}
