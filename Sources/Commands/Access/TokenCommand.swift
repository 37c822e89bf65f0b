import ArgumentParser
import GatehouseCore
import WireAPI

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Service tokens: how programs sign in.",
        discussion: """
            gatehouse token create ci-2026 --grant 'registrant:credit-*' --expires 90d

            MLflow's clients take one in MLFLOW_TRACKING_TOKEN, ours in GATEHOUSE_TOKEN.
            """,
        subcommands: [Create.self, List.self, GrantRole.self, Ungrant.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a token and show it, once.")

        @Argument(help: "Name of the token; never used again, not even when it is revoked.") var name: String
        @Option(help: ArgumentHelp("What it may do: ROLE[:MODELS[:ENVIRONMENT[:SEGMENT]]].", valueName: "grant"))
        var grant: [String] = []
        @Option(help: ArgumentHelp("How long it is good for, such as 90d or 12h; else until it is revoked.", valueName: "time"))
        var expires: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let call = CreateTokenCall(name: name, grants: grant, expiresAt: try expires.map { try Self.end(after: $0) })
            let answer: TokenAnswer = try await client.client().post(["tokens"], call)
            try client.show(answer) { terminal in
                terminal.out(answer.token ?? "")
                terminal.note("shown this once; only its hash is kept")
                if answer.grants.isEmpty {
                    terminal.note("it may do nothing yet: gatehouse token grant \(shellQuoted(name)) viewer")
                }
            }
        }

        private static func end(after text: String) throws(GatehouseError) -> String {
            guard let duration = Duration(text: text), duration > .zero else {
                throw GatehouseError(
                    .invalidArgument, "'\(text)' is not how long a token is good for.", hint: "Write it as 90d or 12h.")
            }
            return ProcessRoots.now().adding(duration).description
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List tokens and what they may do.", aliases: ["ls"])

        @OptionGroup var client: ClientOptions

        func run() async throws {
            let items: [TokenAnswer] = try await client.client().all(["tokens"])
            try client.show(PageAnswer(items: items)) { terminal in
                var table = TextTable([
                    ("TOKEN", .left), ("STATE", .left), ("GRANTS", .left), ("LAST USED", .left), ("CREATED BY", .left),
                ])
                for item in items {
                    let state = item.revokedAt.map { "revoked \($0)" } ?? item.expiresAt.map { "until \($0)" } ?? "valid"
                    table.add([
                        item.name, state, item.grants.joined(separator: " "), item.lastUsedOn ?? "never", item.createdBy,
                    ])
                }
                terminal.show(table)
            }
        }
    }

    struct GrantRole: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "grant", abstract: "Let a token do more.")

        @Argument(help: "The token's name.") var name: String
        @Argument(help: "ROLE[:MODELS[:ENVIRONMENT[:SEGMENT]]].") var grant: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: TokenAnswer = try await client.client().post(["tokens", name, "grants"], GrantCall(grant: grant))
            try client.show(answer) { $0.out("\(name) holds \(answer.grants.joined(separator: ", "))") }
        }
    }

    struct Ungrant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a grant away from a token.")

        @Argument(help: "The token's name.") var name: String
        @Argument(help: "The grant, as 'gatehouse token list' shows it.") var grant: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.client().delete(["tokens", name, "grants", grant])
            try client.show(JSONValue.object(["token": .string(name), "revoked": .string(grant)])) {
                $0.out("\(name) no longer holds \(grant)")
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a token; it opens nothing from now on.")

        @Argument(help: "The token's name.") var name: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.client().delete(["tokens", name])
            try client.show(JSONValue.object(["token": .string(name), "revoked": true])) { $0.out("revoked \(name)") }
        }
    }
}
