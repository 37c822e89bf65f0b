import ArgumentParser
import GatehouseCore
import WireAPI

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "People and what they may do.",
        discussion: """
            gatehouse user add ml-lead --grant 'registrant:credit-*'
            gatehouse user grant ml-lead 'production-manager:credit-risk:production:eu'

            A grant is ROLE[:MODELS[:ENVIRONMENT[:SEGMENT]]]; roles are viewer, registrant, staging-manager, reviewer, operator,
            production-manager, policy-owner, auditor, gateway and admin.
            """,
        subcommands: [
            Add.self, List.self, Passwd.self, GrantRole.self, Revoke.self, Remove.self, LinkSlack.self, UnlinkSlack.self,
        ])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let somebody sign in: with a password, or at the OpenID provider.")

        @Argument(help: "What the user is called here.") var name: String
        @Option(help: ArgumentHelp("What the user may do: ROLE[:MODELS[:ENVIRONMENT[:SEGMENT]]].", valueName: "grant"))
        var grant: [String] = []
        @OptionGroup var password: PasswordOptions
        @Option(help: ArgumentHelp("Who it is at the provider: its 'sub'. Without a password.", valueName: "sub"))
        var subject: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let secret = try subject != nil && password.passwordFile == nil ? nil : password.read(for: name)
            let answer: UserAnswer = try await client.client().post(
                ["users"], AddUserCall(name: name, password: secret, subject: subject, grants: grant))
            try client.show(answer) { terminal in
                terminal.out("added \(answer.name)\(answer.grants.isEmpty ? "" : " as \(answer.grants.joined(separator: ", "))")")
                if answer.grants.isEmpty {
                    terminal.note("it may do nothing yet: gatehouse user grant \(shellQuoted(name)) viewer")
                }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List users and what they may do.", aliases: ["ls"])

        @OptionGroup var client: ClientOptions

        func run() async throws {
            let items: [UserAnswer] = try await client.client().all(["users"])
            try client.show(PageAnswer(items: items)) { terminal in
                var table = TextTable([("USER", .left), ("SIGNS IN", .left), ("GRANTS", .left), ("CREATED", .left)])
                for item in items {
                    let ways = [item.hasPassword ? "password" : nil, item.subject.map { "provider (\($0))" }].compactMap { $0 }
                    table.add([
                        item.name, ways.isEmpty ? "not yet" : ways.joined(separator: ", "), item.grants.joined(separator: " "),
                        item.createdAt,
                    ])
                }
                terminal.show(table)
            }
        }
    }

    struct Passwd: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set a user's password; your own takes the one you have.")

        @Argument(help: "The user.") var name: String
        @OptionGroup var password: PasswordOptions
        @Option(help: ArgumentHelp("File with the password you have.", valueName: "file")) var currentPasswordFile: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let call = SetPasswordCall(
                password: try password.read(for: name),
                currentPassword: try currentPasswordFile.map { try SecretFile.read($0) })
            try await client.client().put(["users", name, "password"], sending: call)
            try client.show(JSONValue.object(["user": .string(name), "changed": true])) {
                $0.out("the password of \(name) is changed; its sessions are over")
            }
        }
    }

    struct GrantRole: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "grant", abstract: "Let a user do more.")

        @Argument(help: "The user.") var name: String
        @Argument(help: "ROLE[:MODELS[:ENVIRONMENT[:SEGMENT]]].") var grant: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: UserAnswer = try await client.client().post(["users", name, "grants"], GrantCall(grant: grant))
            try client.show(answer) { $0.out("\(name) holds \(answer.grants.joined(separator: ", "))") }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a grant away from a user.")

        @Argument(help: "The user.") var name: String
        @Argument(help: "The grant, as 'gatehouse user list' shows it.") var grant: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.client().delete(["users", name, "grants", grant])
            try client.show(JSONValue.object(["user": .string(name), "revoked": .string(grant)])) {
                $0.out("\(name) no longer holds \(grant)")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a user with all grants; what they did stays on record.")

        @Argument(help: "The user.") var name: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.client().delete(["users", name])
            try client.show(JSONValue.object(["user": .string(name), "removed": true])) { $0.out("removed \(name)") }
        }
    }
}
