import ArgumentParser
import GatehouseCore
import Scoring

struct ProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Describe training data, for drift to compare with.",
        discussion: "gatehouse profile train.csv -o model/feature_stats.json --exclude defaulted")

    @Argument(help: "Training rows, CSV or JSON Lines.") var file: String
    @Option(name: [.short, .long], help: ArgumentHelp("Where to write; '-' is standard output.", valueName: "file")) var output =
        "-"
    @Option(help: ArgumentHelp("Column that is not a feature, repeatable.", valueName: "column")) var exclude: [String] = []

    @Option(help: ArgumentHelp("Column of text whose cells look like numbers, repeatable.", valueName: "column"))
    var textColumn: [String] = []

    func run() async throws {
        let table = try await DatasetReader.read(contentsOf: file, options: DatasetOptions(textColumns: Set(textColumn))).table
        for name in exclude + textColumn where table[name] == nil {
            throw GatehouseError(
                .invalidArgument, "\(file) has no column '\(name)'.",
                hint: Suggestion.nearest(to: name, in: table.columns.map(\.name)).map { "Did you mean '\($0)'?" })
        }
        let excluded = Set(exclude)
        let features = Table(rowCount: table.rowCount, columns: table.columns.filter { !excluded.contains($0.name) })
        let text = FeatureStatistics(profiling: features).json.prettyText
        let terminal = Terminal.process()
        guard output != "-" else { return terminal.out(verbatim: text) }
        try ToolFile.write(text + "\n", to: output)
        terminal.note("\(features.columns.count) features of \(features.rowCount) rows in \(output)")
    }
}
