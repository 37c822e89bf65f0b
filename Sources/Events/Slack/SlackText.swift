package import GatehouseCore

/// Text as Slack shows it. What people wrote goes into `plain_text` where it can: nothing in it is markup there.
package enum SlackText {
    /// Slack's own limits, in UTF-16 code units, the stricter way to count.
    package static let sectionUnitsMax = 3000
    package static let headerUnitsMax = 150
    package static let labelUnitsMax = 2000
    package static let titleUnitsMax = 24
    package static let buttonUnitsMax = 75

    /// For `mrkdwn` and for what people type into commands: the three characters that Slack gives a meaning.
    package static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    /// What somebody typed, as they typed it.
    package static func unescaped(_ text: String) -> String {
        text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&amp;", with: "&")
    }

    /// In `code`: names show as they are, whatever stars and underscores they hold. Backticks, which would end it, and line
    /// breaks are shown as their nearest likeness.
    package static func code(_ text: String) -> String {
        let plain = text.replacing("`", with: "ˋ").split(whereSeparator: \.isNewline).joined(separator: " ")
        return "`\(escaped(plain))`"
    }

    /// At most so many UTF-16 units, with an ellipsis where something was cut off; never half a character.
    package static func fitting(_ text: String, unitsMax: Int) -> String {
        guard text.utf16.count > unitsMax else { return text }
        var kept = ""
        var units = 0
        for character in text {
            units += character.utf16.count
            guard units < unitsMax else { break }
            kept.append(character)
        }
        return kept + "…"
    }

    /// Text in which nothing is markup. Slack takes no empty text.
    package static func plain(_ text: String, unitsMax: Int = sectionUnitsMax) -> JSONValue {
        let shown = fitting(text, unitsMax: unitsMax)
        return ["type": "plain_text", "text": .string(shown.isEmpty ? " " : shown), "emoji": false]
    }

    /// Our own words with `escaped` or `code` values among them.
    package static func markup(_ text: String) -> JSONValue {
        ["type": "mrkdwn", "text": .string(fitting(text, unitsMax: sectionUnitsMax)), "verbatim": true]
    }
}
