import ArgumentParser
import GatehouseCore
import Statistics
import WireAPI

struct ExperimentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experiment", abstract: "Compare a challenger with the champion.",
        subcommands: [Start.self, List.self, Report.self, Stop.self])

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a share of an endpoint's units to a challenger, and compare what becomes of them.",
            discussion: """
                gatehouse experiment start credit-risk 8 --endpoint credit --percent 10 \\
                    --outcome defaulted --better lower --minimum-effect 0.01

                The challenger must be in Staging: it answers real requests. Outcomes come with gatehouse outcomes post.
                """)

        enum Direction: String, ExpressibleByArgument, CaseIterable { case higher, lower }

        @OptionGroup var version: VersionArguments
        @Option(help: "The endpoint whose units are divided.") var endpoint: String
        @Option(help: "Only those of this segment [default].") var segment: String?
        @Option(help: ArgumentHelp("Per cent of the units that the challenger gets, 50 at most.", valueName: "percent"))
        var percent = 10.0
        @Option(help: ArgumentHelp("The outcome's label: defaulted, for one.", valueName: "label")) var outcome: String
        @Option(help: "Which values of it are better.") var better: Direction
        @Option(help: ArgumentHelp("The smallest difference worth finding.", valueName: "difference")) var minimumEffect: Double
        @Option(
            help: ArgumentHelp("How much worse the challenger may be; without it, it must be better.", valueName: "difference"))
        var margin: Double?
        @Option(
            help: ArgumentHelp("Label of what was known of a unit before; it sharpens the comparison.", valueName: "label"))
        var covariate: String?
        @Option(help: ArgumentHelp("How long outcomes take to come, such as 30d.", valueName: "duration")) var maturity: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let call = StartExperimentCall(
                model: version.name, version: version.version, endpoint: endpoint, segment: segment, percent: percent,
                outcome: outcome, better: better.rawValue, minimumEffect: minimumEffect, margin: margin, covariate: covariate,
                maturitySeconds: try maturity.map { try Self.seconds($0) }, alpha: nil)
            let answer: ExperimentAnswer = try await client.client().post(["experiments"], call)
            try client.show(answer) { terminal in
                terminal.out(ExperimentCommand.line(answer))
                terminal.note("read it with: gatehouse experiment report \(answer.id)")
            }
        }

        private static func seconds(_ text: String) throws(GatehouseError) -> Int {
            guard let duration = Duration(text: text), duration.milliseconds >= 0 else {
                throw GatehouseError(.invalidArgument, "'\(text.prefix(40))' is no duration.", hint: "Write 30d, 12h or 90m.")
            }
            return Int(duration.milliseconds / 1_000)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List experiments, newest first.", aliases: ["ls"])

        @Argument(help: "Name of the model [all].") var name: String?
        @Flag(help: "Only those that run.") var open = false
        @Option(help: "At most this many, up to \(PageLimit.itemsMax).") var limit = 100
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let page = PageLimit(limit)
            let filter = (name.map { [("model", $0)] } ?? []) + (open ? [("open", "true")] : [])
            let found: PageAnswer<ExperimentAnswer> = try await client.client().get(["experiments"], query: filter + [page.query])
            let shown = page.shown(found.items)
            try client.show(PageAnswer(items: shown)) { terminal in
                if shown.isEmpty { terminal.note("no version was compared with another") }
                for experiment in shown { terminal.out(ExperimentCommand.line(experiment)) }
            }
        }
    }

    struct Report: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what an experiment says so far; read it as often as you like.",
            discussion: """
                Exit code 0: the challenger is better, or not worse where a margin was given; 2: it is worse; 3: not decided.
                """)

        @Argument(help: "The experiment, or a model's name: its newest.") var name: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let server = try client.client()
            var id = name
            if !name.hasPrefix("exp_") {
                let found: PageAnswer<ExperimentAnswer> = try await server.get(
                    ["experiments"], query: [("model", name), ("limit", "1")])
                guard let newest = found.items.first else {
                    throw GatehouseError(
                        .notFound, "No version of \(name) was compared with another.",
                        hint: "gatehouse experiment start \(shellQuoted(name)) VERSION --endpoint ENDPOINT …")
                }
                id = newest.id
            }
            let answer: ExperimentReportAnswer = try await server.get(["experiments", id, "report"])
            try client.show(answer) { $0.show(ExperimentReading(answer).report) }
            switch answer.report["verdict"]?.stringValue.flatMap({ OutcomeVerdict(rawValue: $0) }) {
            case .better?, .notInferior?: break
            case .worse?: throw EarlyExit(status: .answerIsNo)
            case .notDecided?, nil: throw EarlyExit(status: .undecided)
            }
        }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End an experiment: everybody is the champion's again. Outcomes that come later still count.")

        @Argument(help: "The experiment.") var id: String
        @Option(help: "Why, for the record.") var reason: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: ExperimentAnswer = try await client.client().post(
                ["experiments", id, "stop"], ReasonCall(reason: reason))
            try client.show(answer) { $0.out(ExperimentCommand.line(answer)) }
        }
    }

    fileprivate static func line(_ found: ExperimentAnswer) -> String {
        let end = found.stoppedAt.map { "until \($0) (\(found.ended ?? "ended"))" } ?? "running"
        return
            "\(found.id)  \(found.modelName) v\(found.challengerVersion) against v\(found.championVersion) at \(found.endpoint)/\(found.segment), \(SharePercent.text(found.percent / 100)), \(found.outcome) \(found.better), from \(found.startedAt), \(end)"
    }
}
