import ArgumentParser
import GatehouseCore
import WireAPI

struct AfterReviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "after-review", abstract: "What rollbacks and break-glass leave to look at.",
        subcommands: [List.self, Close.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List them, newest first.", aliases: ["ls"])

        @Argument(help: "Name of the model [all].") var name: String?
        @Flag(help: "Only those that nobody has done yet.") var open = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let filter = [("model", name), ("open", open ? "true" : nil)].compactMap { key, value in value.map { (key, $0) } }
            let found: PageAnswer<AfterReviewAnswer> = try await client.client().get(["after-reviews"], query: filter)
            try client.show(found) { terminal in
                if found.items.isEmpty { terminal.note(open ? "none is open" : "there is none") }
                var table = TextTable([
                    ("REVIEW", .left), ("OF", .left), ("VERSION", .left), ("SLOT", .left), ("BY", .left), ("AT", .left),
                    ("STATE", .left), ("REASON", .left),
                ])
                for item in found.items {
                    table.add([
                        item.id, item.kind, "v\(item.modelVersion)", item.slot, item.actedBy, item.openedAt, item.state,
                        item.reason,
                    ])
                }
                terminal.show(table)
            }
        }
    }

    struct Close: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what the review found. Not by whoever acted or seconded.")

        @Argument(help: "The review.") var id: String
        @Option(help: "Whether it was right, and what follows from it.") var finding: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: AfterReviewAnswer = try await client.client().post(
                ["after-reviews", id, "close"], FindingCall(finding: finding))
            try client.show(answer) { $0.out("\(answer.id) is closed by \(answer.closedBy ?? ""): \(answer.finding ?? "")") }
        }
    }
}
