import Access
import ArgumentParser
import GatehouseCore
import WireAPI

extension PolicyCommand {
    struct WhoCan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "who-can", abstract: "List who may do something, by the rules that answer requests.",
            discussion: """
                gatehouse policy who-can transition credit-risk --from staging --to production --segment eu

                Permissions: \(Permission.questions.joined(separator: ", ")).
                """)

        @Argument(help: "What is to be done.") var permission: String
        @Argument(help: "Name of the model, or pattern of a policy.") var model: String?
        @Option(help: "The stage a version leaves.") var from: String?
        @Option(help: "The stage it comes to.") var to: String?
        @Option(help: "Environment of the slot [production].") var environment: String?
        @Option(help: "Segment of the slot [default].") var segment: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let optional = [("model", model), ("from", from), ("to", to), ("environment", environment), ("segment", segment)]
            let query = [("permission", permission)] + optional.compactMap { name, value in value.map { (name, $0) } }
            let answer: WhoCanAnswer = try await client.client().get(["who-can"], query: query)
            try client.show(answer) { terminal in
                var table = TextTable([("WHO", .left), ("BY THE GRANT", .left)])
                for item in answer.items { table.add([item.holder, item.grant]) }
                terminal.show(table)
                let roles = (answer.roles + (answer.roles.contains("admin") ? [] : ["admin"])).joined(separator: ", ")
                terminal.note("to \(answer.permission) takes one of: \(roles)")
            }
        }
    }
}
