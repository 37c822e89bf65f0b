import ArgumentParser
import GatehouseCore
import Statistics

struct CompareArmsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare-arms",
        abstract: "Compare the outcomes of two arms.",
        discussion: """
            gatehouse compare-arms --control 120/1000 --treatment 150/1000
            gatehouse compare-arms outcomes.csv --control champion --time answered_at

            A file has a row per outcome with its arm and its value; an empty value is an outcome that is not known yet. \
            With a column of times (--time, or one called 'time'), the sequential tests read the rows as they came.
            """)

    @Argument(help: "Outcomes, CSV or JSON Lines; none with counts.") var file: String?
    @Option(help: ArgumentHelp("Control arm: its name, or successes/trials.", valueName: "name|k/n"))
    var control: String?
    @Option(help: ArgumentHelp("The other arm: its name, or successes/trials.", valueName: "name|k/n"))
    var treatment: String?
    @OptionGroup(title: "Columns") var columns: CompareArmsColumns
    @OptionGroup(title: "Question") var question: CompareArmsQuestion
    @Option(help: ArgumentHelp("Exit with 2 (no) or 3 (not decided).", valueName: "when"))
    var failOn: FailingVerdict?
    @OptionGroup var output: ToolOutput

    func run() async throws {
        let settings = try question.settings()
        let outcomes = try await read()
        let comparison = try ArmComparison(outcomes, settings)
        try output.show(comparison.report(source: file), json: comparison.json)
        if let status = failOn?.status(of: comparison.decision.verdict), status != .done { throw EarlyExit(status: status) }
    }

    private func read() async throws -> ArmOutcomes {
        if let file {
            for name in [control, treatment].compactMap({ $0 }) where name.contains("/") && (try? Self.counts(name)) != nil {
                throw GatehouseError(
                    .invalidArgument, "'\(name)' is a count, and \(file) holds rows.", hint: "Give either a file or counts.")
            }
            return try await ArmOutcomes.read(file, columns: columns, control: control, treatment: treatment, question: question)
        }
        guard let control, let treatment else {
            throw GatehouseError(
                .invalidArgument, "There is nothing to compare.",
                hint: "gatehouse compare-arms --control 120/1000 --treatment 150/1000, or give a file of outcomes.")
        }
        if let option = columns.firstGiven {
            throw GatehouseError(.invalidArgument, "\(option) names a column, and no file was given.")
        }
        return ArmOutcomes(
            control: try Self.counts(control), treatment: try Self.counts(treatment), split: try question.split(names: nil))
    }

    /// `120/1000`: successes of trials.
    static func counts(_ text: String) throws(GatehouseError) -> ArmCounts {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let successes = parts[0], let trials = parts[1],
            let counts = ArmCounts(successes: successes, trials: trials)
        else {
            throw GatehouseError(
                .invalidArgument, "'\(text)' is no count of successes among trials.",
                hint:
                    "Write 120/1000: at least 0 and at most as many successes as trials. To compare arms of a file, name the file."
            )
        }
        return counts
    }
}

/// Which verdicts end the command with an exit code of their own.
enum FailingVerdict: String, ExpressibleByArgument, CaseIterable {
    case worse
    case notBetter = "not_better"

    func status(of verdict: OutcomeVerdict) -> ExitStatus {
        switch (verdict, self) {
        case (.better, _), (.notInferior, .worse): .done
        case (.worse, _): .answerIsNo
        case (.notDecided, _), (.notInferior, .notBetter): .undecided
        }
    }
}

struct CompareArmsColumns: ParsableArguments {
    @Option(help: ArgumentHelp("Column of the arm's name (default: arm).", valueName: "column")) var arm: String?
    @Option(help: ArgumentHelp("Column of the outcome (default: value).", valueName: "column")) var value: String?
    @Option(help: ArgumentHelp("Column of times: numbers or ISO 8601.", valueName: "column")) var time: String?
    @Option(help: ArgumentHelp("Column known before, to adjust by (CUPED).", valueName: "column"))
    var covariate: String?
    @Option(help: ArgumentHelp("Column of who was assigned, with several rows each.", valueName: "column"))
    var unit: String?

    var firstGiven: String? {
        [("--arm", arm), ("--value", value), ("--time", time), ("--covariate", covariate), ("--unit", unit)]
            .first { $0.1 != nil }?.0
    }
}
