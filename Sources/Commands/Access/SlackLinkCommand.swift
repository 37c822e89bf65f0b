import ArgumentParser
import GatehouseCore
import WireAPI

extension UserCommand {
    struct LinkSlack: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "link-slack", abstract: "Link a user to an account in Slack.",
            discussion: """
                gatehouse user link-slack                                  shows you a code to type in Slack
                gatehouse user link-slack risk-lead --team T0123ABC --user U0123ABC   for an admin
                gatehouse user link-slack risk-lead --list
                """)

        @Argument(help: "The user; without one, you.") var name: String?
        @Option(help: ArgumentHelp("Slack's id of the workspace.", valueName: "id")) var team: String?
        @Option(help: ArgumentHelp("Slack's id of the person.", valueName: "id")) var user: String?
        @Flag(help: "Show the links there are.") var list = false
        @OptionGroup var client: ClientOptions

        func validate() throws {
            guard (team == nil) == (user == nil), name != nil || (team == nil && !list), team == nil || !list else {
                throw ValidationError("Give NAME with --team and --user, NAME with --list, or nothing for a code.")
            }
            guard name == nil || team != nil || list else {
                throw ValidationError("Say who '\(name ?? "")' is in Slack: --team T… --user U….")
            }
        }

        func run() async throws {
            let server = try client.client()
            guard let name else {
                let code: SlackLinkCodeAnswer = try await server.post(["slack", "link-codes"], JSONValue.object([:]))
                return try client.show(code) { terminal in
                    terminal.out("type this in Slack before \(code.expiresAt): \(code.command)")
                }
            }
            if let team, let user {
                let link: SlackIdentityAnswer = try await server.put(
                    ["users", name, "slack", team, user], JSONValue.object([:]))
                return try client.show(link) { $0.out("\(link.user) is \(link.slackUserID) in the workspace \(link.teamID)") }
            }
            let items: [SlackIdentityAnswer] = try await server.all(["users", name, "slack"])
            try client.show(PageAnswer(items: items)) { terminal in
                var table = TextTable([("WORKSPACE", .left), ("PERSON", .left)])
                for item in items { table.add([item.teamID, item.slackUserID]) }
                terminal.show(table)
            }
        }
    }

    struct UnlinkSlack: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unlink-slack", abstract: "Undo the link of a user to an account in Slack.")

        @Argument(help: "The user.") var name: String
        @Option(help: ArgumentHelp("Slack's id of the workspace.", valueName: "id")) var team: String
        @Option(help: ArgumentHelp("Slack's id of the person.", valueName: "id")) var user: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.client().delete(["users", name, "slack", team, user])
            try client.show(JSONValue.object(["unlinked": true, "user": .string(name)])) {
                $0.out("\(name) is no longer linked to \(user)")
            }
        }
    }
}
