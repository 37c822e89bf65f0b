import ArgumentParser
import GatehouseCore
import Promotions
import Rendering
import WireAPI

struct BreakGlassCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "break-glass", abstract: "Bring a version in past its gates, with a second.",
        discussion: """
            For an incident, when there is nothing to roll back to. Somebody has to review it afterwards:
            gatehouse after-review list --open
            """,
        subcommands: [Request.self, Second.self, List.self])

    struct Request: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask for it. Another person with the same role has \(BreakGlass.openMinutesMax) minutes to second it.",
            discussion: "gatehouse break-glass request credit-risk 4 --incident INC-1234 --reason \"…\"")

        @OptionGroup var version: VersionArguments
        @Option(help: "The incident's reference.") var incident: String?
        @Option(help: "Why there is no other way.") var reason: String?
        @OptionGroup var slot: SlotOptions
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: BreakGlassAnswer = try await client.client().post(
                version.path + ["break-glass"],
                BreakGlassCall(incident: incident, reason: reason, environment: slot.environment, segment: slot.slot))
            try client.show(answer) { terminal in
                terminal.out("\(answer.id): \(answer.modelName) v\(answer.modelVersion) has not moved")
                terminal.out("another person carries it out until \(answer.expiresAt): gatehouse break-glass second \(answer.id)")
            }
            throw EarlyExit(status: .undecided)
        }
    }

    struct Second: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Carry out what another person asked for. It is in Production at once, past its gates.")

        @Argument(help: "The request.") var id: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: BreakGlassAnswer = try await client.client().post(["break-glass", id, "second"], JSONValue.object([:]))
            try client.show(answer) { terminal in
                terminal.out(
                    terminal.styled(
                        "\(answer.modelName) v\(answer.modelVersion) is in Production in \(answer.slot), past its gates", .red))
                if let review = answer.review {
                    let before = review.previousVersion.map { "v\($0)" } ?? "nothing"
                    terminal.out("  in place of \(before), for \(answer.incident): \(answer.reason)")
                    terminal.out("  to be reviewed by somebody else: gatehouse after-review close \(review.id) --finding \"…\"")
                }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List what was asked for, newest first.", aliases: ["ls"])

        @Argument(help: "Name of the model [all].") var name: String?
        @Flag(help: "Only what waits for a second person or for its review.") var open = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let found: PageAnswer<BreakGlassAnswer> = try await client.client().get(
                ["break-glass"], query: name.map { [("model", $0)] } ?? [])
            let shown = found.items.filter { !open || $0.state == "requested" || $0.review?.state == "open" }
            try client.show(PageAnswer(items: shown)) { terminal in
                if shown.isEmpty { terminal.note("nobody broke the glass") }
                var table = TextTable([
                    ("ID", .left), ("VERSION", .left), ("STATE", .left), ("BY", .left), ("SECONDED", .left),
                    ("INCIDENT", .left), ("REVIEW", .left), ("REASON", .left),
                ])
                for item in shown {
                    table.add([
                        item.id, "\(item.modelName) v\(item.modelVersion)", item.state, item.requestedBy,
                        item.secondedBy ?? "—", item.incident, item.review.map { "\($0.id) \($0.state)" } ?? "—", item.reason,
                    ])
                }
                terminal.show(table)
            }
        }
    }
}
