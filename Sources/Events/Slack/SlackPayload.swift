package import Access
package import GatehouseCore

/// A slash command as it arrives.
package struct SlackCommandCall: Sendable {
    package let identity: SlackIdentity
    package let command: String
    package let text: String
    package let trigger: String
    package let responseURL: String

    /// Fails with `invalidArgument` naming the field.
    package init(_ form: SlackForm) throws(GatehouseError) {
        identity = try SlackIdentity(team: form.required("team_id"), user: form.required("user_id"))
        command = try form.required("command")
        text = form["text"] ?? ""
        trigger = try form.required("trigger_id")
        responseURL = form["response_url"] ?? ""
    }
}

/// A button that was pressed or a window that was sent in.
package struct SlackInteraction: Sendable {
    package enum Kind: Sendable {
        /// `isInWindow`: pressed in a window, not in a message.
        case pressed(SlackForms.Action, value: String, isInWindow: Bool)
        case submitted(SlackForms.Window, review: String, SlackState)
        /// What we did not ask for, or do not know.
        case other
    }

    package let identity: SlackIdentity
    package let kind: Kind
    package let trigger: String
    package let responseURL: String

    /// Reads the form's field `payload`. Fails with `invalidArgument`.
    package init(_ form: SlackForm) throws(GatehouseError) {
        let json = try JSONParser.parse(form.required("payload"))
        // An app of a whole organisation has no `team` there; the user's own counts then.
        let team = json["team"]?["id"]?.stringValue ?? json["user"]?["team_id"]?.stringValue
        identity = try SlackIdentity(team: team ?? "", user: json["user"]?["id"]?.stringValue ?? "")
        trigger = json["trigger_id"]?.stringValue ?? ""
        responseURL = json["response_url"]?.stringValue ?? ""
        switch json["type"]?.stringValue {
        case "block_actions"?:
            let action = json["actions"]?.arrayValue?.first
            if let id = action?["action_id"]?.stringValue, let known = SlackForms.Action(id: id) {
                kind = .pressed(known, value: action?["value"]?.stringValue ?? "", isInWindow: json["view"]?.objectValue != nil)
            } else {
                kind = .other
            }
        case "view_submission"?:
            let view = json["view"]
            if let window = view?["callback_id"]?.stringValue.flatMap({ SlackForms.Window(rawValue: $0) }) {
                kind = .submitted(
                    window, review: view?["private_metadata"]?.stringValue ?? "", SlackState(view?["state"]))
            } else {
                kind = .other
            }
        default: kind = .other
        }
    }
}
