import ArgumentParser
import GatehouseCore
import Scoring
import Statistics

/// Features column by column, as numpy writes a Fortran-ordered array.
struct FeatureFile {
    let columns: [TableColumn]
    var table: Table { Table(rowCount: columns.first?.count ?? 0, columns: columns) }

    init(_ path: String, features: Int) throws {
        let columns = try RawArray.read(path, of: Double.self, parts: features)
        self.columns = columns.enumerated().map { TableColumn(name: "f\($0)", values: .numeric($1)) }
    }
}

struct PSIBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "psi", abstract: "Deciles of the reference, counts of both sides and the drift of every feature.")

    @Option(help: "The reference's columns as f64, one after the other.")
    var reference: String

    @Option(help: "The current columns as f64.")
    var current: String

    @Option(help: "How many columns there are.")
    var features: Int

    func run() throws {
        let before = try FeatureFile(reference, features: features).table
        let now = try FeatureFile(current, features: features).table
        let (drifts, figures) = try Figures.measure {
            let profile = FeatureStatistics(profiling: before)
            return try zip(profile.features, profile.counting(now).current.features).map {
                try FeatureDrift(reference: $0, current: $1)
            }
        }
        figures.report(["psi": .array(drifts.map { .number($0.buckets.psi) })])
    }
}

struct ScoreBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score", abstract: "The predictions of a native model for every row.")

    @Option(help: "An XGBoost .json or .ubj or a LightGBM .txt file.")
    var model: String

    @Option(help: "The features as f64, column by column.")
    var data: String

    @Option(help: "How many columns there are.")
    var features: Int

    @Option(help: "Blocks of rows scored at the same time.")
    var threads = 1

    @Option(help: "Where to write the predictions as f64.")
    var output: String

    func run() async throws {
        let runner = NativeRunner(try ModelFile.load(path: model), concurrency: threads)
        let table = try FeatureFile(data, features: features).table
        let (scores, figures) = try await Figures.measure { try await runner.predict(table) { _ in } }
        try RawArray.write(scores.values, to: output)
        figures.report(["rows": .integer(Int64(scores.rows)), "file": .string(output)])
    }
}

struct CSVBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "csv", abstract: "Reads a CSV file into columns; sums and missing cells tell whether it read it right.")

    @Argument(help: "A .csv file.")
    var file: String

    @Option(help: "Only these columns, separated by commas.")
    var columns: String?

    @Option(help: "Blocks parsed at the same time; one per processor if not given.")
    var threads: Int?

    func run() throws {
        var options = DatasetOptions(columns: columns.map { Set($0.split(separator: ",").map(String.init)) })
        options.parallelBlocks = threads
        let (dataset, figures) = try Figures.measure { try DatasetReader.read(contentsOf: file, options: options) }
        let table = dataset.table
        figures.report([
            "rows": .integer(Int64(table.rowCount)),
            "columns": .object(Dictionary(uniqueKeysWithValues: table.columns.map { ($0.name, Self.checksum($0)) })),
        ])
    }

    private static func checksum(_ column: TableColumn) -> JSONValue {
        switch column.values {
        case .numeric(let numbers):
            let present = numbers.filter { !$0.isNaN }
            return ["sum": .number(orNull: present.reduce(0, +)), "missing": .integer(Int64(numbers.count - present.count))]
        case .categorical(let codes, let categories):
            let lengths = categories.map(\.utf8.count)
            let bytes = codes.reduce(0) { $0 + ($1 < 0 ? 0 : lengths[Int($1)]) }
            return ["bytes": .integer(Int64(bytes)), "missing": .integer(Int64(codes.count { $0 < 0 }))]
        }
    }
}
