import GatehouseCore

/// A message in a Slack channel, through an incoming webhook. The URL is the secret.
enum SlackWebhook {
    static func request(_ notice: EventNotice, _ place: TargetPlace) throws(GatehouseError) -> TargetRequest {
        let summary = try EventSummary(notice)
        let message: JSONValue = [
            "text": .string(SlackText.fitting(SlackText.escaped(summary.title), unitsMax: notificationUnitsMax)),
            "blocks": .array(blocks(summary)), "unfurl_links": false, "unfurl_media": false,
        ]
        return TargetRequest(
            url: place.url, headers: [.init("Content-Type", "application/json")], body: message.canonicalBytes)
    }

    /// Slack answers some refusals with 200 and a word.
    static func accepts(status: Int, body: String) -> Bool { status == 200 && body.trimmed == "ok" }

    private static let notificationUnitsMax = 300

    private static func blocks(_ summary: EventSummary) -> [JSONValue] {
        var blocks = [SlackBlock.header(summary.title)]
        if !summary.facts.isEmpty {
            let fields = summary.facts.map { SlackText.markup("*\($0.name)*\n\(SlackText.code($0.value))") }
            blocks.append(["type": "section", "fields": .array(fields)])
        }
        if let reason = summary.reason { blocks.append(SlackBlock.section(SlackText.plain(reason))) }
        let about = [summary.type, summary.actor, summary.time, summary.auditEntry.map { "audit entry \($0)" }]
        blocks.append(SlackBlock.context(SlackText.plain(about.compactMap(\.self).joined(separator: " · "))))
        return blocks
    }
}

extension String {
    fileprivate var trimmed: Substring {
        let start = drop { $0.isWhitespace }
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return start[...end]
    }
}
