import ArgumentParser
import Statistics

struct MeasureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Metrics of scored rows, with intervals.",
        discussion: """
            gatehouse measure holdout.csv --label defaulted --score new --baseline-score old --groups sex,region
            gatehouse measure holdout.csv --label kind --score p_cat,p_dog,p_bird --classes cat,dog,bird
            gatehouse measure holdout.csv --task regression --label price --score predicted
            """)

    enum Task: String, ExpressibleByArgument, CaseIterable { case binary, multiclass, regression }

    @Argument(help: "Scored rows, CSV or JSON Lines.") var file: String
    @Option(help: ArgumentHelp("Column of what happened: 0/1, true/false, a class, or a number.", valueName: "column"))
    var label: String
    @Option(help: ArgumentHelp("Column of the score; one per class, with commas, for several classes.", valueName: "columns"))
    var score: String
    @Option(help: ArgumentHelp("The same of a model to compare with, on the same rows.", valueName: "columns"))
    var baselineScore: String?
    @Option(help: ArgumentHelp("What the labels are; from the number of scores unless given.", valueName: "task")) var task: Task?
    @Option(help: ArgumentHelp("Names of the classes in the order of the scores, with commas; 0, 1, … unless given."))
    var classes: String?
    @Option(help: ArgumentHelp("Columns that put rows into groups, with commas.", valueName: "columns")) var groups: String?
    @Flag(help: "Measure the combinations of the groups, too.") var intersections = false
    @Option(parsing: .unconditional, help: "A score at or above it is a positive decision.") var threshold = 0.5
    @Option(help: ArgumentHelp("Column of how much each row counts.", valueName: "column")) var weight: String?
    @Option(help: "Groups with fewer rows are shown, not judged.") var minGroupSize = 30
    @Option(help: "The quantile that regression answers stand for, in the pinball loss.") var quantile = 0.5
    @OptionGroup var output: ToolOutput

    func run() async throws {
        let request = try MeasureRequest(self)
        let input = try await MeasureInput.read(request)
        switch request.task {
        case .binary:
            let finding = try BinaryFinding(input, request)
            try output.show(finding.report, json: finding.json)
        case .multiclass:
            let finding = try MulticlassFinding(input, request)
            try output.show(finding.report, json: finding.json)
        case .regression:
            let finding = try RegressionFinding(input, request)
            try output.show(finding.report, json: finding.json)
        }
    }
}
