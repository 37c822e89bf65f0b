import ArgumentParser
import GatehouseCore
import Secrets
import WireAPI

extension WebhookCommand {
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
        static let configuration = CommandConfiguration(
            abstract: "What was sent to a webhook, newest first.",
            discussion: "--state failed lists what was given up; 'gatehouse webhook replay' sends it again.")

        @Argument(help: "Its id.") var id: String
        @Option(help: "How many are shown.") var limit = 20
        @Option(help: "Only those that are pending, delivered or failed.") var state: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let page: PageAnswer<DeliveryAnswer> = try await client.client().get(
                ["webhooks", id, "deliveries"], query: [("limit", String(limit))] + (state.map { [("state", $0)] } ?? []))
            try client.show(page) { terminal in
                var table = TextTable([
                    ("SEQUENCE", .right), ("EVENT", .left), ("MODEL", .left), ("STATE", .left), ("ATTEMPTS", .right),
                    ("ANSWER", .left), ("NEXT ATTEMPT", .left), ("ID", .left),
                ])
                for item in page.items {
                    table.add([
                        String(item.sequence), item.event, item.model, item.state, String(item.attemptsTotal),
                        item.failure ?? item.responseStatus.map { String($0) } ?? "", item.nextAttemptAt ?? "", item.id,
                    ])
                }
                terminal.show(table)
            }
        }
    }

    struct Delivery: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a delivery with its attempts and their answers.")

        @Argument(help: "The webhook's id.") var id: String
        @Argument(help: "The delivery's id.") var delivery: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let log: DeliveryLogAnswer = try await client.client().get(["webhooks", id, "deliveries", delivery])
            try client.show(log) { terminal in
                terminal.out("\(log.delivery.event) of \(log.delivery.model): \(log.delivery.state)")
                if let next = log.delivery.nextAttemptAt { terminal.out("next attempt at \(next)") }
                for attempt in log.attempts {
                    let answer = attempt.failure ?? "answered \(attempt.responseStatus.map { String($0) } ?? "nothing")"
                    terminal.out("\(attempt.number)  \(attempt.startedAt)  \(attempt.milliseconds) ms  \(answer)")
                    if let body = attempt.responseBody, !body.isEmpty { terminal.out(body) }
                }
            }
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send deliveries again, under their old ids.",
            discussion: """
                gatehouse webhook replay 7c0d… --delivery 0b7c…
                gatehouse webhook replay 7c0d… --from 2026-01-15T09:00:00Z --until 2026-01-15T10:00:00Z --state delivered

                Without a state, those that failed. One that waits for its next attempt is sent at once.
                """)

        @Argument(help: "The webhook's id.") var id: String
        @Option(help: "One delivery.") var delivery: String?
        @Option(help: "Events from this time on.") var from: String?
        @Option(help: "Events before this time.") var until: String?
        @Option(name: .customLong("state"), help: "pending, delivered or failed; repeat it for more.") var states: [String] = []
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let isRange = delivery == nil
            let answer: ReplayAnswer = try await client.client().post(
                ["webhooks", id, "replay"],
                ReplayCall(
                    delivery: delivery, from: from, until: until,
                    states: isRange && states.isEmpty ? ["failed"] : states.isEmpty ? nil : states))
            try client.show(answer) { terminal in
                terminal.out("queued again: \(answer.replayed)\(answer.isPartial ? "; there are more, call it again" : "")")
            }
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send nothing for now; what happens is kept, for 7 days.")

        @Argument(help: "Its id.") var id: String
        @OptionGroup var client: ClientOptions

        func run() async throws { try await WebhookCommand.change(id, to: "PAUSED", client) }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Send again, first what was kept.")

        @Argument(help: "Its id.") var id: String
        @OptionGroup var client: ClientOptions

        func run() async throws { try await WebhookCommand.change(id, to: "ACTIVE", client) }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign with a new secret; the old one signs too for a while.",
            discussion: """
                webhook-signature holds a signature with each; X-MLflow-Signature keeps to the old one until the overlap ends.
                --finish ends it now, when all receivers know the new one.
                """)

        @Argument(help: "Its id.") var id: String
        @Option(help: "How long the old secret signs too.") var overlapHours = 24
        @Option(help: ArgumentHelp("File that holds the secret, instead of a new one.", valueName: "file")) var secretFile:
            String?
        @Flag(help: "The old secret signs no more; no new one is made.") var finish = false
        @OptionGroup var client: ClientOptions

        func validate() throws {
            guard (0...720).contains(overlapHours) else { throw ValidationError("--overlap-hours is from 0 to 720.") }
            guard secretFile == nil || !finish else { throw ValidationError("--secret-file and --finish exclude each other.") }
        }

        func run() async throws {
            let given = try secretFile.map { try WebhookCommand.secret(in: $0) }
            let made = given == nil && !finish ? WebhookSecret.text(random: ProcessRoots.randomBytes(32)) : nil
            let answer: WebhookAnswer = try await client.client().post(
                ["webhooks", id, "rotate"],
                RotateSecretCall(secret: given ?? made, overlapSeconds: finish ? nil : Int64(overlapHours) * 3600))
            try client.show(Added(webhook: answer, secret: made)) { terminal in
                WebhookCommand.describe(answer, on: terminal)
                if let made { terminal.out("secret    \(made)\n          shown this once") }
            }
        }
    }
}
