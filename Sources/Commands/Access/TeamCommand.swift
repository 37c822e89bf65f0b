import ArgumentParser
import GatehouseCore
import WireAPI

struct TeamCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "team", abstract: "Users under one name, for policies to name.",
        discussion: """
            gatehouse team add risk-team risk-lead

            A policy then says review: {reviewers: [risk-team]}. A team lends no role: its members need the role reviewer too.
            """,
        subcommands: [Add.self, List.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a user to a team, which needs no more to be there.")

        @Argument(help: "The team.") var team: String
        @Argument(help: "The user.") var user: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: TeamAnswer = try await client.client().put(["teams", team, "members", user], JSONValue.object([:]))
            try client.show(answer) { $0.out("\(answer.name): \(answer.members.joined(separator: ", "))") }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List teams and their members.", aliases: ["ls"])

        @OptionGroup var client: ClientOptions

        func run() async throws {
            let items: [TeamAnswer] = try await client.client().all(["teams"])
            try client.show(PageAnswer(items: items)) { terminal in
                var table = TextTable([("TEAM", .left), ("MEMBERS", .left)])
                for item in items { table.add([item.name, item.members.joined(separator: " ")]) }
                terminal.show(table)
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a user out of a team.", aliases: ["rm"])

        @Argument(help: "The team.") var team: String
        @Argument(help: "The user.") var user: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.client().delete(["teams", team, "members", user])
            try client.show(JSONValue.object(["removed": true, "team": .string(team), "user": .string(user)])) {
                $0.out("\(user) is no longer in \(team)")
            }
        }
    }
}
