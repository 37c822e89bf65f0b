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
            Add.self, List.self, Show.self, Test.self, Deliveries.self, Delivery.self, Replay.self, Pause.self, Resume.self,
            Enable.self, Disable.self, Rotate.self, Remove.self,
        ])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell a URL of events. Requests are signed with a secret, shown once.",
            discussion: """
                gatehouse webhook add ci https://ci.example.org/hook --event model_version.created

                Events are listed in docs/webhooks.md, and by the refusal of a wrong one. Targets other than 'webhook' send what
                their receiver understands; --setting tells them what they need beside the URL.
                """)

        @Argument(help: "A name: letters, digits, '.', '_', '-'.") var name: String
        @Argument(help: "Where events are sent: an https URL.") var url: String
        @Option(name: .customLong("event"), help: "An event to tell of; repeat it. PagerDuty has defaults.") var events:
            [String] = []
        @Option(help: "What it is for.") var description: String?
        @Option(help: ArgumentHelp("File that holds the secret, instead of a new one.", valueName: "file")) var secretFile:
            String?
        @Flag(help: "Do not sign.") var unsigned = false
        @Option(help: "What stands behind the URL: \(WebhookTarget.allCases.map(\.rawValue).joined(separator: ", ")).")
        var target = WebhookTarget.webhook.rawValue
        @Option(name: .customLong("setting"), help: ArgumentHelp("For the target; repeat it.", valueName: "name=value"))
        var settings: [String] = []
        @Option(name: .customLong("model"), help: "Only events of this model; repeat it for more.") var models: [String] = []
        @Option(help: ArgumentHelp("File with the Authorization header, or the target's token.", valueName: "file"))
        var authorizationFile: String?
        @Flag(help: "Accept any certificate. It is recorded, and shown.") var insecureTLS = false
        @OptionGroup var client: ClientOptions

        func validate() throws {
            let known = WebhookTarget(rawValue: target.lowercased())
            guard !events.isEmpty || known?.eventsDefault.isEmpty == false else {
                throw ValidationError("Name at least one --event.")
            }
            guard secretFile == nil || !unsigned else {
                throw ValidationError("--secret-file and --unsigned exclude each other.")
            }
        }

        func run() async throws {
            let given = try secretFile.map { try WebhookCommand.secret(in: $0) }
            let isSigned = target == WebhookTarget.webhook.rawValue && !unsigned
            let made = given == nil && isSigned ? WebhookSecret.text(random: ProcessRoots.randomBytes(32)) : nil
            let call = AddWebhookCall(
                name: name, url: url, events: events, description: description, target: target,
                settings: try WebhookCommand.settings(settings), models: models, secret: given ?? made,
                authorization: try authorizationFile.map { try WebhookCommand.secret(in: $0) },
                verifyTLS: insecureTLS ? false : nil)
            let answer: WebhookAnswer = try await client.client().post(["webhooks"], call)
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
                var table = TextTable([
                    ("ID", .left), ("NAME", .left), ("TARGET", .left), ("STATUS", .left), ("EVENTS", .right), ("URL", .left),
                ])
                for item in items {
                    let url = item.url + (item.verifiesTLS ? "" : "  (certificate not verified)")
                    table.add([item.id, item.name, item.target, item.status, String(item.events.count), url])
                }
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

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Send to a disabled webhook again, first what waited.")

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

    static func change(_ id: String, to status: String, _ client: ClientOptions) async throws {
        let answer: WebhookAnswer = try await client.client().patch(["webhooks", id], ChangeWebhookCall(status: status))
        try client.show(answer) { describe(answer, on: $0) }
    }

    static func describe(_ webhook: WebhookAnswer, on terminal: Terminal) {
        terminal.out("\(webhook.name): \(webhook.status)\(webhook.disabledBecause.map { ", because \($0)" } ?? "")")
        terminal.out("id        \(webhook.id)")
        terminal.out("url       \(webhook.url)")
        if !webhook.verifiesTLS { terminal.out("TLS       certificates are NOT verified") }
        if webhook.target != WebhookTarget.webhook.rawValue { terminal.out("target    \(webhook.target)") }
        for (name, value) in webhook.settings.sorted(by: { $0.key < $1.key }) { terminal.out("setting   \(name)=\(value)") }
        terminal.out("events    \(webhook.events.joined(separator: ", "))")
        if !webhook.models.isEmpty { terminal.out("models    \(webhook.models.joined(separator: ", "))") }
        terminal.out("signed    \(webhook.isSigned ? "yes" : "no")")
        if let until = webhook.oldSecretUntil { terminal.out("          with the secret before it too, until \(until)") }
        if webhook.isAuthorized { terminal.out("authorization is kept") }
        if let until = webhook.restsUntil {
            terminal.out("rests     until \(until), after failures in a row: gatehouse webhook deliveries \(webhook.id)")
        }
        if webhook.letGo > 0 {
            terminal.out("let go    \(webhook.letGo) deliveries, because too much waited: gatehouse webhook replay")
        }
    }

    /// The one secret that a file holds.
    static func secret(in file: String) throws -> String {
        try PolicyFile.text(file).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// `name=value` pairs. Fails with `invalidArgument`.
    static func settings(_ pairs: [String]) throws -> [String: String] {
        var settings: [String: String] = [:]
        for pair in pairs {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard halves.count == 2, !halves[0].isEmpty else {
                throw GatehouseError(
                    .invalidArgument, "'\(pair)' is no setting.", hint: "Write name=value, as in --setting ref=main.")
            }
            settings[halves[0]] = halves[1]
        }
        return settings
    }
}
