import ArgumentParser
import GatehouseCore
import Gates
import Promotions
import WireAPI

struct PromotionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promotion", abstract: "Look at promotions, and take them back.",
        discussion: """
            gatehouse promotion list credit-risk --state open
            gatehouse promotion withdraw prm_123 --reason "trained on last month's data"

            A promotion is asked for with 'gatehouse promote'.
            """,
        subcommands: [List.self, Show.self, Withdraw.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List promotions, newest first.", aliases: ["ls"])

        @Argument(help: "Name of the model [all].") var name: String?
        @Argument(help: "Number of the version [all].") var version: Int64?
        @Option(help: "open, evaluating, awaiting_review, approved, blocked or withdrawn [all].") var state: String?
        @Option(help: "At most this many, up to \(PageLimit.itemsMax).") var limit = 100
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let page = PageLimit(limit)
            let filter = [("model", name), ("version", version.map { String($0) }), ("state", state)].compactMap { key, value in
                value.map { (key, $0) }
            }
            let found: PageAnswer<PromotionSummary> = try await client.client().get(["promotions"], query: filter + [page.query])
            let shown = page.shown(found.items)
            try client.show(PageAnswer(items: shown)) { terminal in
                if shown.isEmpty { terminal.note("no such promotion was asked for") }
                var table = TextTable([
                    ("PROMOTION", .left), ("VERSION", .left), ("TO", .left), ("STATE", .left), ("ASKED", .left), ("BY", .left),
                    ("WHY IT IS SO", .left),
                ])
                for item in shown {
                    table.add([
                        item.id, "\(item.modelName) v\(item.modelVersion)", item.to, item.state, item.requestedAt,
                        item.requestedBy, item.reason,
                    ])
                }
                terminal.show(table)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a promotion with its checks.",
            discussion: "Exits as 'gatehouse promote' does: 0 the version moved, 2 blocked or withdrawn, 3 not decided.")

        @Argument(help: "The promotion.") var id: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: PromotionAnswer = try await client.client().get(["promotions", id])
            let checks = try CheckAnswers.results(answer.checks)
            try client.show(answer) { terminal in PromotionReport(terminal: terminal).show(answer, checks) }
            try answer.exit()
        }
    }

    struct Withdraw: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take back a promotion that is not decided.",
            discussion: """
                Its open reviews end, and approvals that were given count no more. For whoever asked for it, and for everybody \
                who may carry the move out.
                """)

        @Argument(help: "The promotion.") var id: String
        @Option(help: "Why, for the record.") var reason: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: PromotionAnswer = try await client.client().post(
                ["promotions", id, "withdraw"], ReasonCall(reason: reason))
            try client.show(answer) { terminal in
                terminal.out("withdrawn: \(answer.modelName) v\(answer.modelVersion) stays where it is")
            }
        }
    }
}
