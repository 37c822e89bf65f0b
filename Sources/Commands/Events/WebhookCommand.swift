import ArgumentParser
import Events
import Foundation
import GatehouseCore
import Secrets
import WireAPI

struct WebhookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook", abstract: "Who is told of what happens, and whether they heard.",
        subcommands: [
            Add.self, List.self, Show.self, Test.self, Deliveries.self, Enable.self, Disable.self, Remove.self,
        ])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell a URL of events. Requests are signed with a secret, shown once.",
            discussion: """
                gatehouse webhook add ci https://ci.example.org/hook --event model_version.created

                Events: \(EventType.allCases.filter { !$0.rawValue.hasPrefix("prompt") }.map(\.rawValue).joined(separator: ", "));
                prompts have their own.
                """)

        @Argument(help: "A name: letters, digits, '.', '_', '-'.") var name: String
        @Argument(help: "Where events are sent: an https URL.") var url: String
        @Option(name: .customLong("event"), help: "An event to tell of; repeat it for more.") var events: [String] = []
        @Option(help: "What it is for.") var description: String?
        @Option(help: ArgumentHelp("File that holds the secret, instead of a new one.", valueName: "file")) var secretFile:
            String?
        @Flag(help: "Do not sign.") var unsigned = false
        @OptionGroup var client: ClientOptions

        func validate() throws {
            guard !events.isEmpty else { throw ValidationError("Name at least one --event.") }
            guard secretFile == nil || !unsigned else {
                throw ValidationError("--secret-file and --unsigned exclude each other.")
            }
        }

        func run() async throws {
            let given = try secretFile.map { try PolicyFile.text($0).trimmingCharacters(in: .whitespacesAndNewlines) }
            let made = given == nil && !unsigned ? WebhookSecret.text(random: ProcessRoots.randomBytes(32)) : nil
            let answer: WebhookAnswer = try await client.client().post(
                ["webhooks"],
                AddWebhookCall(name: name, url: url, events: events, description: description, secret: given ?? made))
            try client.show(Added(webhook: answer, secret: made)) { terminal in
                WebhookCommand.describe(answer, on: terminal)
                if let made { terminal.out("secret  \(made)\n        shown this once; the receiver checks signatures with it") }
            }
        }
    }

    /// What `add` prints with `--json`.
    struct Added: Encodable {
        let webhook: WebhookAnswer
        /// Only when it was made here.
        let secret: String?
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the webhooks.", aliases: ["ls"])

        @OptionGroup var client: ClientOptions

        func run() async throws {
            let items: [WebhookAnswer] = try await client.client().all(["webhooks"])
            try client.show(PageAnswer(items: items)) { terminal in
                var table = TextTable([("ID", .left), ("NAME", .left), ("STATUS", .left), ("EVENTS", .right), ("URL", .left)])
                for item in items { table.add([item.id, item.name, item.status, String(item.events.count), item.url]) }
                terminal.show(table)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a webhook. Its secret is never shown.")

        @Argument(help: "Its id.") var id: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: WebhookAnswer = try await client.client().get(["webhooks", id])
            try client.show(answer) { WebhookCommand.describe(answer, on: $0) }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send an example now, once.", discussion: "Exit code 2: the receiver did not accept it.")

        @Argument(help: "Its id.") var id: String
        @Option(help: "The event to make an example of; else the first that it is told of.") var event: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: WebhookTestAnswer = try await client.client().post(
                ["webhooks", id, "test"], TestWebhookCall(event: event))
            try client.show(answer) { terminal in
                let status = answer.responseStatus.map { "answered \($0)" } ?? answer.failure ?? "did not answer"
                terminal.out(answer.success ? "accepted: the receiver \(status)" : "not accepted: \(status)")
                if let body = answer.responseBody, !body.isEmpty { terminal.out(body) }
            }
            if !answer.success { throw EarlyExit(status: .answerIsNo) }
        }
    }

    struct Deliveries: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What was sent to a webhook, newest first.")

        @Argument(help: "Its id.") var id: String
        @Option(help: "How many are shown.") var limit = 20
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let page: PageAnswer<DeliveryAnswer> = try await client.client().get(
                ["webhooks", id, "deliveries"], query: [("limit", String(limit))])
            try client.show(page) { terminal in
                var table = TextTable([
                    ("SEQUENCE", .right), ("EVENT", .left), ("MODEL", .left), ("STATE", .left), ("ATTEMPTS", .right),
                    ("ANSWER", .left), ("NEXT ATTEMPT", .left),
                ])
                for item in page.items {
                    table.add([
                        String(item.sequence), item.event, item.model, item.state, String(item.attempts),
                        item.failure ?? item.responseStatus.map { String($0) } ?? "", item.nextAttemptAt ?? "",
                    ])
                }
                terminal.show(table)
            }
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Send to a webhook again, first what waited.")

        @Argument(help: "Its id.") var id: String
        @OptionGroup var client: ClientOptions

        func run() async throws { try await WebhookCommand.change(id, to: "ACTIVE", client) }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send nothing to a webhook; what happens meanwhile is not kept for it.")

        @Argument(help: "Its id.") var id: String
        @OptionGroup var client: ClientOptions

        func run() async throws { try await WebhookCommand.change(id, to: "DISABLED", client) }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a webhook with what it was sent and what waits for it.", aliases: ["rm"])

        @Argument(help: "Its id.") var id: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.client().delete(["webhooks", id])
            try client.show(JSONValue.object(["deleted": .string(id)])) { $0.out("removed \(id)") }
        }
    }

    fileprivate static func change(_ id: String, to status: String, _ client: ClientOptions) async throws {
        let answer: WebhookAnswer = try await client.client().patch(["webhooks", id], ChangeWebhookCall(status: status))
        try client.show(answer) { describe(answer, on: $0) }
    }

    fileprivate static func describe(_ webhook: WebhookAnswer, on terminal: Terminal) {
        terminal.out("\(webhook.name): \(webhook.status)\(webhook.disabledBecause.map { ", because \($0)" } ?? "")")
        terminal.out("id      \(webhook.id)")
        terminal.out("url     \(webhook.url)")
        terminal.out("events  \(webhook.events.joined(separator: ", "))")
        terminal.out("signed  \(webhook.isSigned ? "yes" : "no")")
    }
}
