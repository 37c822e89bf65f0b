import ArgumentParser
import GatehouseCore
import Scoring
import Statistics

struct ScoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Run a model over rows.",
        discussion: """
            gatehouse score --model model.json --input rows.csv -o scores.csv
            gatehouse score --model model.txt --input rows.csv --iterations 0:50 --json

            Reads what XGBoost (1.7 and later) and LightGBM (3.3 and later) save, without Python. Text columns become the
            codes of training where the model's file holds the categories; empty cells are missing values.
            """)

    @Option(help: ArgumentHelp("MLflow model directory, XGBoost .json or .ubj, LightGBM .txt.", valueName: "path")) var model:
        String
    @Option(help: ArgumentHelp("Rows, CSV or JSON Lines.", valueName: "file")) var input: String
    @Flag(help: "Margins before the objective's transformation.") var raw = false
    @Flag(help: "Also the leaf that each tree sends a row to, as the library numbers them.") var leaves = false
    @Option(help: ArgumentHelp("Use these iterations only; B itself is not used.", valueName: "A:B"))
    var iterations: IterationRange?
    @Option(help: ArgumentHelp("Column of text whose cells look like numbers, repeatable.", valueName: "column"))
    var textColumn: [String] = []
    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Write the scores as CSV; '-' is standard output.", valueName: "file"))
    var file: String?
    @OptionGroup var output: ToolOutput

    func validate() throws {
        guard file != "-" || !output.json else { throw ValidationError("--json and -o - both want standard output.") }
    }

    func run() async throws {
        var native = try ModelArtifact.open(path: model).model.get()
        if let iterations { native = try native.limited(from: iterations.lower, to: iterations.upper) }
        let options = DatasetOptions(
            columns: native.featureNames.map { Set($0) }, textColumns: native.textColumns.union(textColumn))
        let table = try await DatasetReader.read(contentsOf: input, options: options).table
        let runner = NativeRunner(native, raw: raw)
        let finding = ScoreFinding(
            modelPath: model, input: input, model: native, isRaw: raw,
            scores: try await runner.predict(table) { _ in }, leaves: leaves ? try await runner.leaves(table) : nil)
        if let file, file != "-" { try ToolFile.write(finding.csv, to: file) }
        if file == "-" { return Terminal.process().out(verbatim: String(finding.csv.dropLast())) }
        try output.show(finding.report, json: finding.json)
        if let file, file != "-" { Terminal.process().note("scores: \(file)") }
    }
}

/// `A:B`, where nothing stands for the first iteration or for the end.
struct IterationRange: ExpressibleByArgument {
    let lower: Int?
    let upper: Int?

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let ends = parts.map { $0.isEmpty ? nil : Int($0) }
        for (part, end) in zip(parts, ends) where end == nil && !part.isEmpty { return nil }
        (lower, upper) = (ends[0], ends[1])
    }
}
