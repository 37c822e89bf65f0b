import ArgumentParser
import GatehouseCore
import Scoring
import WireAPI

struct DatasetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset", abstract: "Frozen rows that models are measured on.",
        subcommands: [Add.self, List.self, Show.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Upload a CSV or JSON Lines file as the next version of a dataset.",
            discussion: "gatehouse dataset add credit-holdout holdout.csv")

        @Argument(help: "Name of the dataset.") var name: String
        @Argument(help: "The file.") var file: String
        @Option(help: ArgumentHelp("Column of text whose cells look like numbers, repeatable.", valueName: "column"))
        var textColumn: [String] = []
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let format = try DatasetFormat(ofFileNamed: file)
            let server = try client.client()
            let blob = try await server.upload(file: file)
            let answer: DatasetAnswer = try await server.post(
                ["datasets", name, "versions"],
                AddDatasetCall(digest: blob.digest, format: format.rawValue, textColumns: textColumn))
            try client.show(answer) { terminal in
                terminal.out(
                    "\(answer.name)@\(answer.version): \(answer.rows ?? 0) rows, \(answer.columns.count) columns, \(answer.digest)"
                )
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List datasets with their newest versions.", aliases: ["ls"])

        @OptionGroup var client: ClientOptions

        func run() async throws {
            let items: [DatasetAnswer] = try await client.client().all(["datasets"])
            try client.show(PageAnswer(items: items)) { terminal in
                var table = TextTable([
                    ("DATASET", .left), ("ROWS", .right), ("COLUMNS", .right), ("BYTES", .right), ("ADDED", .left),
                ])
                for item in items {
                    table.add([
                        "\(item.name)@\(item.version)", "\(item.rows ?? 0)", "\(item.columns.count)", "\(item.bytes)",
                        item.createdAt,
                    ])
                }
                terminal.show(table)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a dataset version: name, or name@version.")

        @Argument(help: "The dataset.") var dataset: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            // The server reads the reference; '@' in a path segment is escaped on the way.
            let answer: DatasetAnswer = try await client.client().get(["datasets", dataset])
            try client.show(answer) { terminal in
                terminal.out(
                    "\(answer.name)@\(answer.version)  \(answer.format)  \(answer.rows ?? 0) rows  \(answer.bytes) bytes")
                terminal.out("digest     \(answer.digest)")
                terminal.out("added      \(answer.createdAt) by \(answer.createdBy)")
                terminal.out("columns    \(answer.columns.joined(separator: ", "))")
            }
        }
    }
}
