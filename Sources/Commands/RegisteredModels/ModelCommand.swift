import ArgumentParser
import GatehouseCore
import Rendering
import WireAPI

struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Registered models.", subcommands: [Create.self, List.self, Show.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Register a new model name.")

        @Argument(help: "Name of the model.") var name: String
        @Option(help: "What it is for.") var description: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: ModelAnswer = try await client.client().post(
                ["models"], CreateModelCall(name: name, description: description))
            try client.show(answer) { $0.out("created \(answer.name)") }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List registered models.", aliases: ["ls"])

        @OptionGroup var client: ClientOptions

        func run() async throws {
            let items: [ModelAnswer] = try await client.client().all(["models"])
            try client.show(PageAnswer(items: items)) { terminal in
                var table = TextTable([("MODEL", .left), ("VERSIONS", .right), ("ALIASES", .left), ("CREATED", .left)])
                for item in items {
                    table.add([item.name, String(item.versionCount), ModelCommand.aliases(item), item.createdAt])
                }
                terminal.show(table)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a model and its versions.")

        @Argument(help: "Name of the model.") var name: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let server = try client.client()
            let model: ModelAnswer = try await server.get(["models", name])
            guard !client.json else { return try client.show(model) { _ in } }
            let versions: [VersionAnswer] = try await server.all(["models", name, "versions"])
            let terminal = Terminal.process()
            let stays: PageAnswer<HistoryAnswer> = try await server.get(
                ["models", name, "history"], query: [("limit", "\(Self.staysMax)")])
            terminal.out("\(model.name)  \(model.description)")
            // A drawing is for people; programs read the table.
            if terminal.isInteractiveOut, let timeline = Timeline(stays.items, now: ProcessRoots.now()) {
                let report = TerminalReport(columns: terminal.columns, styled: { terminal.styled($0, $1) })
                for line in report.lines(timeline) { terminal.out(line) }
            }
            terminal.show(VersionCommand.table(versions))
        }

        /// What a window has room for.
        private static let staysMax = 20
    }

    private static func aliases(_ model: ModelAnswer) -> String {
        model.aliases.sorted { $0.key < $1.key }.map { "\($0.key)→v\($0.value)" }.joined(separator: " ")
    }
}

extension Timeline {
    /// Who held the default slot of production, from newest to oldest; nil: nobody did.
    init?(_ stays: [HistoryAnswer], now: Timestamp) {
        let spans = stays.reversed().compactMap { stay -> Span? in
            guard let from = try? Timestamp(parsing: stay.from) else { return nil }
            let until = stay.until.flatMap { try? Timestamp(parsing: $0) }
            return Span(
                "v\(stay.version)", from: from.milliseconds, until: until?.milliseconds, tone: until == nil ? .good : .neutral)
        }
        guard !spans.isEmpty else { return nil }
        self.init("Who held the slot", lanes: [Lane("in production", spans)], now: now.milliseconds)
    }
}

struct AliasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alias", abstract: "Moving names for versions.", subcommands: [Set.self, Delete.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Point an alias at a version.",
            discussion:
                "The alias that stands for Production (champion, unless the policy says otherwise) moves only with the stage.")

        @OptionGroup var version: VersionArguments
        @Argument(help: "The alias.") var alias: String
        @Option(help: "Why, where the move needs a reason.") var reason: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: VersionAnswer = try await client.client().put(
                ["models", version.name, "aliases", alias], SetAliasCall(version: version.version, reason: reason))
            try client.show(answer) { $0.out("\(alias) points at \(answer.modelName) v\(answer.version)") }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take an alias away.")

        @Argument(help: "Name of the model.") var name: String
        @Argument(help: "The alias.") var alias: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.client().delete(["models", name, "aliases", alias])
            try client.show(JSONValue.object(["deleted": .string(alias)])) { $0.out("deleted \(alias) of \(name)") }
        }
    }
}
