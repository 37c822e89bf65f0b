import ArgumentParser
import GatehouseCore
import WireAPI

struct ShadowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shadow", abstract: "Send copies of requests to a version being tried.",
        subcommands: [Start.self, Stop.self, List.self, Report.self])

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start copying requests of an endpoint to a version.",
            discussion: """
                gatehouse shadow start credit-risk 8 --endpoint credit --fraction 0.01

                For models without side effects: the copy is scored like a request of its own.
                """)

        @OptionGroup var version: VersionArguments
        @Option(help: "The endpoint whose requests are copied.") var endpoint: String
        @Option(help: "Only requests of this segment.") var segment: String?
        @Option(help: "Which share of them [the policy's, else 0.01].") var fraction: Double?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let call = StartShadowCall(
                model: version.name, version: version.version, endpoint: endpoint, segment: segment, fraction: fraction)
            let answer: ShadowRunAnswer = try await client.client().post(["serving", "shadows"], call)
            try client.show(answer) { terminal in
                terminal.out(ShadowCommand.line(answer))
                terminal.note("end it with: gatehouse shadow stop \(answer.id) --reason \"…\"")
            }
        }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a shadow run; what it recorded stays.")

        @Argument(help: "The shadow run.") var id: String
        @Option(help: "Why, for the record.") var reason: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: ShadowRunAnswer = try await client.client().post(
                ["serving", "shadows", id, "stop"], ReasonCall(reason: reason))
            try client.show(answer) { $0.out(ShadowCommand.line(answer)) }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List shadow runs, newest first.", aliases: ["ls"])

        @Argument(help: "Name of the model [all].") var name: String?
        @Flag(help: "Only those that run.") var open = false
        @Option(help: "At most this many, up to \(PageLimit.itemsMax).") var limit = 100
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let page = PageLimit(limit)
            let filter = (name.map { [("model", $0)] } ?? []) + (open ? [("open", "true")] : [])
            let found: PageAnswer<ShadowRunAnswer> = try await client.client().get(
                ["serving", "shadows"], query: filter + [page.query])
            let shown = page.shown(found.items)
            try client.show(PageAnswer(items: shown)) { terminal in
                if shown.isEmpty { terminal.note("no version was in shadow") }
                for run in shown { terminal.out(ShadowCommand.line(run)) }
            }
        }
    }

    struct Report: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what a version has shown in shadow, and whether that is what the policy asks for.",
            discussion: "Exit code 2: it is not; 3: that is not decided yet.")

        @Argument(help: "Name of the model, or a shadow run.") var name: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let server = try client.client()
            var id = name
            if !name.hasPrefix("shr_") {
                let found: PageAnswer<ShadowRunAnswer> = try await server.get(
                    ["serving", "shadows"], query: [("model", name), ("limit", "1")])
                guard let newest = found.items.first else {
                    throw GatehouseError(
                        .notFound, "No version of \(name) was in shadow.",
                        hint: "gatehouse shadow start \(shellQuoted(name)) VERSION --endpoint ENDPOINT")
                }
                id = newest.id
            }
            let answer: ShadowReportAnswer = try await server.get(["serving", "shadows", id, "report"])
            try client.show(answer) { terminal in
                terminal.out(ShadowCommand.line(answer.run))
                for line in answer.lines { terminal.out(line) }
            }
            switch answer.report["verdict"]?.stringValue.flatMap({ Verdict(rawValue: $0) }) {
            case .pass?: break
            case .fail?: throw EarlyExit(status: .answerIsNo)
            case .inconclusive?, .error?, nil: throw EarlyExit(status: .undecided)
            }
        }
    }

    fileprivate static func line(_ run: ShadowRunAnswer) -> String {
        let place = run.segment.map { "\(run.endpoint)/\($0)" } ?? run.endpoint
        let end = run.stoppedAt.map { "until \($0)" } ?? "running"
        return
            "\(run.id)  \(run.modelName) v\(run.modelVersion) beside \(place), \(SharePercent.text(run.fraction)), from \(run.startedAt), \(end)"
    }
}
