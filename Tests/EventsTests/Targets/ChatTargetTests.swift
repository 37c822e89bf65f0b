import GatehouseCore
import Testing

@testable import Events

@Suite("Messages in Slack and Teams")
struct ChatTargetTests {
    private let url = "https://chat.example.com/services/T0/B0/secret"

    @Test("an event is a message of Slack's blocks")
    func slack() throws {
        let request = try WebhookTarget.slack.request(for: TargetExamples.moved(), at: TargetExamples.place(url))
        #expect(request.url.text == url && request.headers == [.init("Content-Type", "application/json")])
        func field(_ name: String, _ value: String) -> JSONValue {
            ["type": "mrkdwn", "text": .string("*\(name)*\n`\(value)`"), "verbatim": true]
        }
        func plain(_ text: String) -> JSONValue { ["type": "plain_text", "text": .string(text), "emoji": false] }
        let title = "credit-risk v2: stage transitioned, Staging → Production"
        let about = "model_version.stage_transitioned · user:ada · 2026-01-01T00:00:00.000000+00:00 · audit entry 12"
        let expected: JSONValue = [
            "text": .string(title), "unfurl_links": false, "unfurl_media": false,
            "blocks": [
                ["type": "header", "text": plain(title)],
                [
                    "type": "section",
                    "fields": [
                        field("from stage", "Staging"), field("to stage", "Production"), field("previous version", "1"),
                        field("displaced versions", "1"),
                    ],
                ],
                ["type": "section", "text": plain("reviewed")], ["type": "context", "elements": [plain(about)]],
            ],
        ]
        #expect(try request.json() == expected)
    }

    @Test("what people wrote calls nobody in Slack and is no markup there")
    func hostileInSlack() throws {
        let notice = TargetExamples.notice(
            .modelVersionTagSet,
            ["name": .string(TargetExamples.hostile), "key": "*k*", "value": .string(TargetExamples.hostile)],
            ["actor": "user:<@U1>"])
        let message = try WebhookTarget.slack.request(for: notice, at: TargetExamples.place(url)).json()
        let text = try #require(message["text"]?.stringValue)
        #expect(text.contains("&lt;!channel&gt;&amp;[x]") && !text.contains("<"))
        for block in message["blocks"]?.arrayValue ?? [] {
            for field in block["fields"]?.arrayValue ?? [] {
                #expect(field["type"] == "mrkdwn")
                let shown = field["text"]?.stringValue ?? ""
                #expect(!shown.contains("<") && shown.count { $0 == "`" } == 2 && shown.hasSuffix("`"))
            }
            let inner = [block["text"]].compactMap(\.self) + (block["elements"]?.arrayValue ?? [])
            #expect(inner.allSatisfy { $0["type"] == "plain_text" })
        }
    }

    @Test("Slack took a message only where it says ok")
    func slackAnswers() {
        #expect(WebhookTarget.slack.accepts(status: 200, body: "ok\n"))
        #expect(!WebhookTarget.slack.accepts(status: 200, body: "no_service"))
        #expect(!WebhookTarget.slack.accepts(status: 202, body: "ok"))
    }

    @Test("an event is an Adaptive Card for Teams, of text runs alone")
    func teams() throws {
        let request = try WebhookTarget.teams.request(for: TargetExamples.moved(), at: TargetExamples.place(url))
        #expect(request.url.text == url && request.headers == [.init("Content-Type", "application/json")])
        func run(_ text: String, _ more: [String: JSONValue] = [:]) -> JSONValue {
            .object(["type": "TextRun", "text": .string(text)].merging(more) { $1 })
        }
        func block(_ runs: JSONValue...) -> JSONValue { ["type": "RichTextBlock", "inlines": .array(runs)] }
        func fact(_ name: String, _ value: String) -> JSONValue {
            ["type": "RichTextBlock", "spacing": "Small", "inlines": [run("\(name): ", ["weight": "Bolder"]), run(value)]]
        }
        let title = "credit-risk v2: stage transitioned, Staging → Production"
        let about = "model_version.stage_transitioned · user:ada · 2026-01-01T00:00:00.000000+00:00 · audit entry 12"
        let card: JSONValue = [
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
            "fallbackText": .string(title), "msteams": ["width": "Full"],
            "body": [
                block(run(title, ["weight": "Bolder", "size": "Large"])), fact("from stage", "Staging"),
                fact("to stage", "Production"), fact("previous version", "1"), fact("displaced versions", "1"),
                block(run("reviewed")), block(run(about, ["isSubtle": true, "size": "Small"])),
            ],
        ]
        let expected: JSONValue = [
            "type": "message",
            "attachments": [
                ["contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": card]
            ],
        ]
        #expect(try request.json() == expected)
    }

    @Test("a card has no place where Markdown or a function of the card's language would be read, and stays below Teams' limit")
    func hostileInTeams() throws {
        let long = TargetExamples.hostile + String(repeating: "é", count: 100_000)
        let request = try WebhookTarget.teams.request(
            for: TargetExamples.moved(long, reason: long), at: TargetExamples.place(url))
        #expect(request.body.count < 28_000)
        #expect(!request.text.contains("{{") && !request.text.contains("${"))
        #expect(!request.text.contains("\"TextBlock\"") && !request.text.contains("FactSet"))
        #expect(WebhookTarget.teams.accepts(status: 202, body: "") && WebhookTarget.teams.accepts(status: 200, body: "1"))
        #expect(!WebhookTarget.teams.accepts(status: 204, body: ""))
    }
}
