package import GatehouseCore

/// What a channel is told about one review, from the request to its end: the same message, changed as things go on.
package struct SlackReviewMessage: Sendable {
    package var review: String
    package var model: String
    package var version: String
    package var slot: String
    /// `risk-lead`, for people who do not see the mention.
    package var reviewer: String
    /// Nil when the reviewer is not linked.
    package var mention: SlackMention?
    package var requester: String
    package var reason: String
    /// `gate: pass: why`, one line each.
    package var gates: [String]
    /// What has to be done before an approval.
    package var checklist: [String]
    /// How it stands: `asked for`, `approved`.
    package var state: String
    /// Whether there is something left to decide: only then are there buttons.
    package var isOpen: Bool
    package var expires: String

    package init(
        review: String, model: String, version: String, slot: String, reviewer: String, mention: SlackMention?,
        requester: String, reason: String, gates: [String], checklist: [String], state: String, isOpen: Bool, expires: String
    ) {
        self.review = review
        self.model = model
        self.version = version
        self.slot = slot
        self.reviewer = reviewer
        self.mention = mention
        self.requester = requester
        self.reason = reason
        self.gates = gates
        self.checklist = checklist
        self.state = state
        self.isOpen = isOpen
        self.expires = expires
    }

    static let gatesShownMax = 20

    package var blocks: [JSONValue] {
        let who = mention.map { "<@\($0.user)>" } ?? SlackText.code(reviewer)
        var blocks = [
            SlackBlock.header("\(model) v\(version): \(isOpen ? "review requested" : state)"),
            SlackBlock.section(
                SlackText.markup(
                    "\(who) is asked by \(SlackText.code(requester)) to answer for \(SlackText.code("\(model) v\(version)")) "
                        + "in \(SlackText.code(slot)).")),
        ]
        if !reason.isEmpty { blocks.append(SlackBlock.section(SlackText.plain(reason))) }
        var shown = gates.prefix(Self.gatesShownMax).map { "• \($0)" }
        if gates.count > shown.count { shown.append("… and \(gates.count - shown.count) more: open the review.") }
        blocks.append(SlackBlock.section(SlackText.plain((["Gates"] + shown).joined(separator: "\n"))))
        if isOpen {
            blocks.append(
                SlackBlock.section(
                    SlackText.plain((["Before you approve"] + checklist.map { "☐ \($0)" }).joined(separator: "\n"))))
            blocks.append(
                SlackBlock.actions([
                    SlackBlock.button(
                        "Answer the questionnaire", action: SlackForms.Action.answer.id, value: review, style: "primary"),
                    SlackBlock.button("Reject", action: SlackForms.Action.reject.id, value: review, style: "danger"),
                ]))
        }
        blocks.append(
            SlackBlock.context(
                SlackText.plain("\(review) · \(state)" + (isOpen ? " · to be decided by \(expires)" : ""))))
        return blocks
    }

    /// What a notification shows.
    package var summary: String {
        SlackText.fitting(
            SlackText.escaped("\(model) v\(version): review \(isOpen ? "requested of \(reviewer)" : state)"), unitsMax: 300)
    }

    /// The call that posts it. `id` is the same at every attempt.
    package func posting(to channel: String, id: String) -> JSONValue {
        var call = content(channel)
        call["client_msg_id"] = .string(id)
        // How it is found again when nothing is known of an attempt.
        call["metadata"] = ["event_type": .string(SlackAPI.metadataType), "event_payload": ["review": .string(review)]]
        call["unfurl_links"] = false
        return .object(call)
    }

    /// The call that makes a posted one say what is so now.
    package func updating(_ message: SlackPosted) -> JSONValue {
        var call = content(message.channel)
        call["ts"] = .string(message.timestamp)
        return .object(call)
    }

    private func content(_ channel: String) -> [String: JSONValue] {
        ["channel": .string(channel), "text": .string(summary), "blocks": .array(blocks), "mrkdwn": false]
    }
}

/// A user id that may stand in a message.
package struct SlackMention: Sendable, Hashable {
    package let user: String
    package init(user: String) { self.user = user }
}

/// Where a message is: Slack names it by its channel and time.
package struct SlackPosted: Sendable, Hashable {
    package let channel: String
    package let timestamp: String
}
