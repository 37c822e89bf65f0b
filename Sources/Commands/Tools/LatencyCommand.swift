import ArgumentParser
import AsyncHTTPClient
import GatehouseCore
import Scoring

struct LatencyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "Measure response times at a steady rate.",
        discussion: """
            gatehouse latency --url http://127.0.0.1:8000 --input rows.csv --rate 50 --requests 500 --budget-p95 50
            gatehouse latency --samples milliseconds.txt --json

            Each request is timed from when it was to leave, so that a server that stalls cannot hide it.
            """)

    @OptionGroup var source: LatencySource
    @OptionGroup var load: LatencyLoad
    @Option(name: .customLong("budget-p95"), help: ArgumentHelp("The most that p95 may be.", valueName: "milliseconds"))
    var budgetP95: Double?
    @OptionGroup var output: ToolOutput

    func validate() throws {
        try source.check()
        if let budgetP95, !(budgetP95 > 0 && budgetP95.isFinite) {
            throw ValidationError("--budget-p95 is a number of milliseconds above 0.")
        }
    }

    func run() async throws {
        let terminal = Terminal.process()
        let finding =
            if source.samples != nil {
                try await source.finding(budget: budgetP95)
            } else {
                try await measured(terminal)
            }
        try output.show(finding.report, json: finding.json, on: terminal)
        switch finding.budget?.verdict {
        case .fail, .error: throw EarlyExit(status: .answerIsNo)
        case .inconclusive: throw EarlyExit(status: .undecided)
        case .pass, nil: return
        }
    }

    private func measured(_ terminal: Terminal) async throws -> LatencyFinding {
        let plan = try load.plan()
        guard let url = source.url, let input = source.input else { throw ValidationError("Give --url and --input.") }
        let rows = try await ToolData.read(input).table
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .scoring)
        let result: Result<LatencyFinding, any Error>
        do { result = .success(try await measured(url, rows, plan, http, terminal)) } catch { result = .failure(error) }
        try await http.shutdown()
        return try result.get()
    }

    private func measured(
        _ url: String, _ rows: Table, _ plan: LoadPlan, _ http: HTTPClient, _ terminal: Terminal
    ) async throws -> LatencyFinding {
        let runner = try load.runner(url, http)
        let progress = ProgressLine(terminal, isQuiet: output.json)
        defer { progress.end() }
        let total = plan.requests * (source.compareURL == nil ? 1 : 2)
        let show: @Sendable (Int) -> Void = { done in
            progress.show(step: "requests", fraction: Double(done) / Double(total), isDone: done == total)
        }
        guard let compareURL = source.compareURL else {
            let measurement = try await LoadGenerator().measure(runner, rows: rows, plan: plan, progress: show)
            return try LatencyFinding(LatencyTimes(measurement, name: runner.summary), budget: budgetP95)
        }
        let other = try load.runner(compareURL, http)
        let both = try await LoadGenerator().compare(runner, with: other, rows: rows, plan: plan, progress: show)
        return try LatencyFinding(
            LatencyTimes(both.first, name: runner.summary), baseline: LatencyTimes(both.second, name: other.summary),
            pairs: LatencyPairs(both.first, both.second), budget: budgetP95)
    }
}

/// Where the times come from.
struct LatencySource: ParsableArguments {
    @Option(help: "The model server.") var url: String?
    @Option(help: ArgumentHelp("Rows to send, CSV or JSON Lines.", valueName: "file")) var input: String?
    @Option(
        name: .customLong("compare-url"),
        help: ArgumentHelp("Another server, measured in turns with the first (A B B A).", valueName: "url"))
    var compareURL: String?
    @Option(help: ArgumentHelp("Times that were measured before: one number of milliseconds per line.", valueName: "file"))
    var samples: String?
    @Option(help: ArgumentHelp("Other times to compare them with.", valueName: "file")) var compareSamples: String?
    @Option(help: ArgumentHelp("The column with the times, where the files are CSV or JSON Lines.", valueName: "name"))
    var column: String?

    func check() throws {
        if samples != nil {
            guard url == nil, input == nil, compareURL == nil else {
                throw ValidationError("--samples has the times already: leave out --url, --input and --compare-url.")
            }
        } else {
            guard url != nil, input != nil else { throw ValidationError("Give --url and --input, or --samples.") }
            guard compareSamples == nil, column == nil else {
                throw ValidationError("--compare-samples and --column go with --samples.")
            }
        }
    }

    func finding(budget: Double?) async throws -> LatencyFinding {
        guard let samples else { throw ValidationError("Give --samples.") }
        let times = LatencyTimes(try await read(samples), name: samples)
        guard let compareSamples else { return try LatencyFinding(times, budget: budget) }
        let baseline = LatencyTimes(try await read(compareSamples), name: compareSamples)
        return try LatencyFinding(times, baseline: baseline, budget: budget)
    }

    private func read(_ file: String) async throws -> [Double] {
        guard let column else { return try LatencySamples.read(file) }
        let times = try await ToolData.read(file, columns: [column]).numbers(column)
        let isTime = 0...LatencySamples.millisecondsMax
        if let row = times.firstIndex(where: { !isTime.contains($0) }) {
            throw GatehouseError(
                .invalidArgument, "\(file): '\(column)' is \(times[row]) in row \(row + 1), which is no response time.",
                hint: "Times are numbers of milliseconds from 0 to \(Int(LatencySamples.millisecondsMax)).")
        }
        return times
    }
}

/// How the requests are sent.
struct LatencyLoad: ParsableArguments {
    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case openLoop = "open_loop"
        case sequential
    }

    enum Wire: String, ExpressibleByArgument, CaseIterable {
        case invocations, v2
    }

    private static let deadlineSecondsMin = 600.0

    @Option(help: ArgumentHelp("Requests per second, to each server.", valueName: "number")) var rate = 50.0
    @Option(help: ArgumentHelp("Requests that are timed, to each server.", valueName: "number")) var requests = 500
    @Option(help: ArgumentHelp("Requests before them that are not.", valueName: "number")) var warmUp = 10
    @Option(help: "open_loop: at the rate, whatever the answers do; sequential: one after the other.") var mode = Mode.openLoop
    @Option(help: "What the server speaks: MLflow's /invocations or Open Inference Protocol v2.") var `protocol` =
        Wire.invocations
    @Option(help: ArgumentHelp("The model's name, which protocol v2 needs.", valueName: "name")) var model: String?
    @Option(help: ArgumentHelp("Longest wait for one answer.", valueName: "seconds")) var timeout = 30.0
    @Option(help: ArgumentHelp("Longest time for everything.", valueName: "seconds")) var timeLimit: Double?

    /// Fails with `invalidArgument` naming what is out of range.
    func plan() throws -> LoadPlan {
        let mode: LoadPlan.Mode =
            switch mode {
            case .openLoop: .openLoop(requestsPerSecond: rate)
            case .sequential: .sequential
            }
        // Twice the time the timetable takes leaves room for answers that are late.
        let expected = self.mode == .openLoop && rate > 0 ? Double(requests) / rate : 0
        let limit = timeLimit ?? max(Self.deadlineSecondsMin, 2 * min(expected, Double(LoadPlan.deadlineSecondsMax) / 2))
        return try LoadPlan(
            mode: mode, requests: requests, warmUp: warmUp, deadline: try Self.seconds(limit, "--time-limit"))
    }

    func runner(_ url: String, _ http: HTTPClient) throws -> EndpointRunner {
        let wire: EndpointRunner.Wire
        switch (self.protocol, model) {
        case (.invocations, _): wire = .invocations
        case (.v2, let model?): wire = .openInference(model: model)
        case (.v2, nil): throw ValidationError("--protocol v2 needs the model's name: --model NAME.")
        }
        return try EndpointRunner(url: url, wire: wire, client: http, timeout: Self.seconds(timeout, "--timeout"))
    }

    private static func seconds(_ number: Double, _ option: String) throws -> Duration {
        guard number >= 0.001, number <= Double(LoadPlan.deadlineSecondsMax) else {
            throw GatehouseError(
                .invalidArgument, "\(option) is a number of seconds from 0.001 to \(LoadPlan.deadlineSecondsMax).")
        }
        return .seconds(number)
    }
}
