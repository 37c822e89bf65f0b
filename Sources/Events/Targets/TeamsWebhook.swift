import GatehouseCore

/// A message in Microsoft Teams, through a webhook of Workflows: an Adaptive Card 1.4. The URL is the secret.
///
/// Everything that people wrote is in text runs, which know no Markdown, unlike text blocks and facts.
enum TeamsWebhook {
    /// Teams refuses messages above 28 KB.
    static let reasonCharactersMax = 3_000

    static func request(_ notice: EventNotice, _ place: TargetPlace) throws(GatehouseError) -> TargetRequest {
        let summary = try EventSummary(notice)
        let card: JSONValue = [
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
            "fallbackText": .string(plain(EventSummary.shortened(summary.title))), "msteams": ["width": "Full"],
            "body": .array(elements(summary)),
        ]
        let message: JSONValue = [
            "type": "message",
            "attachments": [
                ["contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": .null, "content": card]
            ],
        ]
        return TargetRequest(
            url: place.url, headers: [.init("Content-Type", "application/json")], body: message.canonicalBytes)
    }

    static func accepts(status: Int) -> Bool { status == 200 || status == 202 }

    private static func elements(_ summary: EventSummary) -> [JSONValue] {
        var elements = [paragraph([run(EventSummary.shortened(summary.title), ["weight": "Bolder", "size": "Large"])])]
        for fact in summary.facts {
            elements.append(paragraph([run("\(fact.name): ", ["weight": "Bolder"]), run(fact.value)], ["spacing": "Small"]))
        }
        if let reason = summary.reason {
            elements.append(paragraph([run(EventSummary.shortened(reason, charactersMax: reasonCharactersMax))]))
        }
        let about = [summary.type, summary.actor, summary.time, summary.auditEntry.map { "audit entry \($0)" }]
        elements.append(paragraph([run(about.compactMap(\.self).joined(separator: " · "), ["isSubtle": true, "size": "Small"])]))
        return elements
    }

    private static func paragraph(_ runs: [JSONValue], _ more: [String: JSONValue] = [:]) -> JSONValue {
        .object(["type": "RichTextBlock", "inlines": .array(runs)].merging(more) { $1 })
    }

    private static func run(_ text: String, _ more: [String: JSONValue] = [:]) -> JSONValue {
        .object(["type": "TextRun", "text": .string(plain(text))].merging(more) { $1 })
    }

    /// Cards replace `{{DATE(…)}}` and `${…}` in texts: a word joiner keeps the two characters apart and shows as nothing.
    private static func plain(_ text: String) -> String {
        text.replacing("{{", with: "{\u{2060}{").replacing("${", with: "$\u{2060}{")
    }
}
