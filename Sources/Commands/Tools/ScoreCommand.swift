import ArgumentParser
import GatehouseCore
import Scoring
import Statistics

struct ScoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Run a model over rows.",
        discussion: "gatehouse score --model model.json --input rows.csv --json")

    @Option(help: ArgumentHelp("MLflow model directory, XGBoost .json or .ubj, LightGBM .txt.", valueName: "path")) var model:
        String
    @Option(help: ArgumentHelp("Rows, CSV or JSON Lines.", valueName: "file")) var input: String
    @Flag(help: "Margins before the objective's transformation.") var raw = false
    @Flag(help: "Print one JSON object.") var json = false

    func run() async throws {
        let native = try ModelArtifact.open(path: model).model.get()
        let options = DatasetOptions(columns: native.featureNames.map { Set($0) })
        let table = try await DatasetReader.read(contentsOf: input, options: options).table
        let scores = try await NativeRunner(native, raw: raw).predict(table) { _ in }
        let rows = (0..<scores.rows).map { row in
            JSONValue.array((0..<scores.outputs).map { .number(orNull: scores.values[row * scores.outputs + $0]) })
        }
        let terminal = Terminal.process()
        if json {
            let predictions = scores.outputs == 1 ? rows.map { $0.arrayValue?.first ?? .null } : rows
            terminal.out(verbatim: JSONValue.object(["predictions": .array(predictions)]).canonicalText)
        } else {
            for row in rows { terminal.out((row.arrayValue ?? []).map(\.canonicalText).joined(separator: "\t")) }
        }
    }
}
