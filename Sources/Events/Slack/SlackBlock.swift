package import GatehouseCore

/// Blocks of Slack's Block Kit, as JSON.
package enum SlackBlock {
    package static func header(_ text: String) -> JSONValue {
        ["type": "header", "text": SlackText.plain(text, unitsMax: SlackText.headerUnitsMax)]
    }

    package static func section(_ text: JSONValue) -> JSONValue { ["type": "section", "text": text] }

    package static func context(_ text: JSONValue) -> JSONValue { ["type": "context", "elements": [text]] }

    package static func actions(_ buttons: [JSONValue]) -> JSONValue { ["type": "actions", "elements": .array(buttons)] }

    package static func button(
        _ label: String, action: String, value: String, style: String? = nil
    ) -> JSONValue {
        var button: [String: JSONValue] = [
            "type": "button", "text": SlackText.plain(label, unitsMax: SlackText.buttonUnitsMax), "action_id": .string(action),
            "value": .string(value),
        ]
        if let style { button["style"] = .string(style) }
        return .object(button)
    }

    /// A question that must be answered in words.
    package static func question(_ label: String, block: String, charactersMax: Int64 = 3000) -> JSONValue {
        [
            "type": "input", "block_id": .string(block), "label": SlackText.plain(label, unitsMax: SlackText.labelUnitsMax),
            "element": [
                "type": "plain_text_input", "action_id": .string(SlackForms.element), "multiline": true,
                "max_length": .integer(charactersMax),
            ],
        ]
    }

    /// One box that must be ticked.
    package static func tick(_ label: String, box: String, block: String) -> JSONValue {
        [
            "type": "input", "block_id": .string(block), "label": SlackText.plain(label, unitsMax: SlackText.labelUnitsMax),
            "element": [
                "type": "checkboxes", "action_id": .string(SlackForms.element),
                "options": [["text": SlackText.plain(box, unitsMax: SlackText.buttonUnitsMax), "value": "ticked"]],
            ],
        ]
    }

    /// A window over Slack. `submit` nil: it only shows.
    package static func modal(
        _ title: String, _ blocks: [JSONValue], callback: String? = nil, metadata: String = "", submit: String? = nil
    ) -> JSONValue {
        var view: [String: JSONValue] = [
            "type": "modal", "title": SlackText.plain(title, unitsMax: SlackText.titleUnitsMax),
            "close": SlackText.plain("Close", unitsMax: SlackText.titleUnitsMax), "blocks": .array(blocks),
            "private_metadata": .string(metadata),
        ]
        if let callback { view["callback_id"] = .string(callback) }
        if let submit { view["submit"] = SlackText.plain(submit, unitsMax: SlackText.titleUnitsMax) }
        return .object(view)
    }
}
