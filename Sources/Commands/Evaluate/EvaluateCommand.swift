import ArgumentParser
import GatehouseCore
import Gates
import Promotions
import WireAPI

struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Run every check of a policy on a version or a file.",
        discussion: """
            gatehouse evaluate credit-risk 2 --wait
            gatehouse evaluate --model model.txt --data holdout.csv --label y --groups age

            Exits with 0 when every blocking check passed, 2 when one failed, 1 when one could not be measured, 3 when one is \
            inconclusive or the result is not there yet.
            """)

    @Argument(help: "Name of the registered model; leave it out to evaluate a file.") var name: String?
    @Argument(help: "Number of the version.") var version: Int64?
    @Flag(help: "Wait for the result.") var wait = false
    @Flag(help: "Show every measurement.") var full = false
    @OptionGroup(title: "Without a server") var files: LocalFiles
    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard (name == nil) == (version == nil) else { throw ValidationError("Name a model and its version, or neither.") }
        if name == nil, files.model == nil && files.scores == nil {
            throw ValidationError("Name a model and its version, or a file with --model and --data.")
        }
        if name != nil, let given = files.given.first {
            throw ValidationError("\(given) belongs to the evaluation of files; leave the name out, or leave it out.")
        }
    }

    func run() async throws {
        guard let name, let version else { return try await evaluateFiles() }
        let server = try client.client()
        let opened: EvaluationAnswer = try await server.post(
            ["models", name, "versions", String(version), "evaluations"], JSONValue.object([:]))
        guard wait else {
            try client.show(opened) { terminal in
                terminal.out("evaluation \(opened.id) of \(name) v\(version) is \(opened.state.rawValue)")
                terminal.note("follow it: gatehouse evaluation show \(opened.id) --wait")
            }
            throw EarlyExit(status: .undecided)
        }
        let progress = ProgressLine(Terminal.process(), isQuiet: client.json)
        let answer = try await Waiting(client: server, progress: progress).evaluation(opened.id)
        try EvaluationReport(isFull: full, client: client).show(answer)
    }

    private func evaluateFiles() async throws {
        let terminal = Terminal.process()
        let progress = ProgressLine(terminal, isQuiet: client.json)
        let answer = try await LocalEvaluation(files: files).run(progress)
        progress.end()
        try EvaluationReport(isFull: full, client: client).show(answer)
    }
}

extension LocalFiles {
    /// The options that are set: a version on a server is measured on what its policy says, whatever they say.
    fileprivate var given: [String] {
        [
            ("--model", model != nil), ("--scores", scores != nil), ("--data", data != nil), ("--label", label != nil),
            ("--groups", groups != nil), ("--intersections", intersections), ("--champion", champion != nil),
            ("--champion-scores", championScores != nil), ("--weight", weight != nil),
            ("--policy", policy != nil), ("--current", current != nil), ("--feature-stats", featureStats != nil),
            ("--pipeline", pipeline != nil), ("--threshold", threshold != nil),
        ].filter(\.1).map(\.0)
    }
}

struct EvaluationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluation", abstract: "Look at evaluations.", subcommands: [Show.self, List.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one evaluation with every measurement.")

        @Argument(help: "Identifier of the evaluation.") var id: String
        @Flag(help: "Wait for the result.") var wait = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let server = try client.client()
            let progress = ProgressLine(Terminal.process(), isQuiet: client.json || !wait)
            let answer: EvaluationAnswer =
                wait
                ? try await Waiting(client: server, progress: progress).evaluation(id)
                : try await server.get(["evaluations", id])
            try EvaluationReport(isFull: true, client: client).show(answer)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the evaluations of a version, newest first.")

        @OptionGroup var version: VersionArguments
        @Option(help: "At most this many, up to \(PageLimit.itemsMax).") var limit = 20
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let page = PageLimit(limit)
            let found: PageAnswer<EvaluationAnswer> = try await client.client().get(
                version.path + ["evaluations"], query: [page.query])
            let shown = page.shown(found.items)
            try client.show(PageAnswer(items: shown)) { terminal in
                var table = TextTable([("ID", .left), ("STATE", .left), ("POLICY", .left), ("STARTED", .left), ("RESULT", .left)])
                for item in shown {
                    table.add([item.id, item.state.rawValue, item.policy, item.startedAt, item.reason ?? ""])
                }
                terminal.show(table)
                if found.items.count > shown.count {
                    let name = shellQuoted(version.name)
                    terminal.note("more: gatehouse evaluation list \(name) \(version.version) --limit \(PageLimit.itemsMax)")
                }
            }
        }
    }
}
