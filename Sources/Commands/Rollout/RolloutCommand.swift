import ArgumentParser
import GatehouseCore
import WireAPI

struct RolloutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout",
        abstract: "How a new version takes over, step by step.",
        subcommands: [
            Start.self, List.self, Status.self, Watch.self, Hold.self, Resume.self, Advance.self, Rollback.self,
            RolloutSimulateCommand.self,
        ])

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a version its first share of the traffic.",
            discussion: """
                gatehouse rollout start credit-risk 8 --reason "gates passed, reviewed"

                A promotion to Production does the same where the policy has a rollout section. Everything that it asks for is
                asked here too. Exit code 4: something is missing.
                """)

        @OptionGroup var version: VersionArguments
        @OptionGroup var slot: SlotOptions
        @Option(help: "Why, for the record.") var reason: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: RolloutAnswer = try await client.client().post(
                ["rollouts"],
                StartRolloutCall(
                    model: version.name, version: version.version, environment: slot.environment, segment: slot.slot,
                    reason: reason))
            try client.show(answer) { terminal in
                RolloutReport(terminal: terminal).show(answer)
                terminal.note("follow it: gatehouse rollout watch \(answer.id)")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List rollouts, newest first.", aliases: ["ls"])

        @Argument(help: "Name of the model [all].") var name: String?
        @Flag(help: "Only those that go on.") var open = false
        @Option(help: "At most this many, up to \(PageLimit.itemsMax).") var limit = 100
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let page = PageLimit(limit)
            let filter = (name.map { [("model", $0)] } ?? []) + (open ? [("open", "true")] : [])
            let found: PageAnswer<RolloutAnswer> = try await client.client().get(["rollouts"], query: filter + [page.query])
            let shown = page.shown(found.items)
            try client.show(PageAnswer(items: shown)) { terminal in
                if shown.isEmpty { terminal.note("there was no rollout") } else { terminal.show(RolloutReport.table(shown)) }
            }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show where a rollout is, what it has measured, and what it waits for.")

        @OptionGroup var rollout: RolloutArgument
        @Flag(help: "Also show every decision so far.") var events = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer = try await rollout.find(client.client())
            try client.show(answer) { RolloutReport(terminal: $0).show(answer, withEvents: events) }
        }
    }

    struct Watch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Follow a rollout until it ends.",
            discussion: "Exit code 0: promoted; 2: rolled back; 3: it goes on after --wait seconds.")

        @OptionGroup var rollout: RolloutArgument
        @Option(help: ArgumentHelp("Give up after so long.", valueName: "seconds")) var wait: Int64 = 7 * 86_400
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try ToolNumber.positive(Double(wait), "--wait")
            let server = try client.client()
            let terminal = Terminal.process()
            var answer = try await rollout.find(server)
            var last = ""
            let patience = Patience(pollMilliseconds: 500, waitSecondsMax: wait)
            let id = answer.id
            let hint = "It goes on: gatehouse rollout watch \(id)"
            answer = try await patience.wait(hint: hint) {
                let now: RolloutAnswer = try await server.get(["rollouts", id])
                let line = RolloutReport.line(now)
                if line != last, !client.json { terminal.out(line) }
                last = line
                return now.endedAt == nil ? nil : now
            }
            try client.show(answer) { RolloutReport(terminal: $0).show(answer) }
            if answer.phase != "promoted" { throw EarlyExit(status: .answerIsNo) }
        }
    }
}

/// A rollout by its id, or the newest one of a model.
struct RolloutArgument: ParsableArguments {
    @Argument(help: "The rollout, or the model whose newest one is meant.") var rollout: String

    func find(_ server: GatehouseClient) async throws -> RolloutAnswer {
        try await server.get(["rollouts", id(server)])
    }

    func id(_ server: GatehouseClient) async throws -> String {
        guard !rollout.hasPrefix("rol_") else { return rollout }
        let found: PageAnswer<RolloutAnswer> = try await server.get(["rollouts"], query: [("model", rollout), ("limit", "1")])
        guard let newest = found.items.first else {
            throw GatehouseError(
                .notFound, "\(rollout) had no rollout.", hint: "gatehouse rollout start \(shellQuoted(rollout)) VERSION")
        }
        return newest.id
    }
}
