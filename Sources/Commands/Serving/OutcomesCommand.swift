import ArgumentParser
import GatehouseCore
import Scoring
import WireAPI

struct OutcomesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outcomes", abstract: "Say what became of predictions.", subcommands: [Post.self])

    struct Post: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Post outcomes from a file; posting a file again changes nothing.",
            discussion: """
                gatehouse outcomes post credit labels.csv

                Columns, or members of a line: request_id, or unit (and window); label, value, event_at.
                """)

        private static let perCallMax = 1_000

        @Argument(help: "The endpoint that answered.") var endpoint: String
        @Argument(help: "CSV, or JSON Lines by its name's ending.") var file: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let outcomes = try OutcomeFile.read(file)
            let server = try client.client()
            var sum = OutcomesAnswer(new: 0, repeated: 0, replaced: 0, outdated: 0)
            for start in stride(from: 0, to: outcomes.count, by: Self.perCallMax) {
                let part = Array(outcomes[start..<min(start + Self.perCallMax, outcomes.count)])
                let answer: OutcomesAnswer = try await server.post(
                    ["serving", "endpoints", endpoint, "outcomes"], OutcomesCall(outcomes: part))
                sum.new += answer.new
                sum.repeated += answer.repeated
                sum.replaced += answer.replaced
                sum.outdated += answer.outdated
            }
            try client.show(sum) { terminal in
                terminal.out("\(sum.new) new, \(sum.repeated) known, \(sum.replaced) replaced, \(sum.outdated) outdated")
                if sum.outdated > 0 {
                    terminal.note("outdated: another value stands there, of the same or a later event")
                }
            }
        }
    }
}

/// Outcomes in a file.
enum OutcomeFile {
    private static let columns = ["request_id", "unit", "window", "label", "value", "event_at"]

    /// Fails with `invalidArgument` naming the row.
    static func read(_ path: String) throws -> [OutcomesCall.Outcome] {
        let text = try PolicyFile.text(path)
        if path.hasSuffix(".jsonl") || path.hasSuffix(".ndjson") {
            return try text.split(whereSeparator: \.isNewline).enumerated().map { index, line in
                try row(index + 1, JSONParser.parse(String(line)).objectValue ?? [:])
            }
        }
        var options = DatasetOptions(columns: Set(columns), textColumns: Set(columns))
        options.allowsAbsentColumns = true
        let table = try DatasetReader.read(bytes: Array(text.utf8), format: .csv, options: options).table
        return try (0..<table.rowCount).map { index in
            var cells: [String: JSONValue] = [:]
            for name in columns {
                guard case .categorical(let codes, let categories)? = table[name]?.values, codes[index] >= 0 else { continue }
                cells[name] = .string(categories[Int(codes[index])])
            }
            return try row(index + 1, cells)
        }
    }

    private static func row(_ number: Int, _ cells: [String: JSONValue]) throws -> OutcomesCall.Outcome {
        func text(_ key: String) -> String? {
            switch cells[key] {
            case .string(let text)?: text.isEmpty ? nil : text
            case .integer(let integer)?: String(integer)
            case nil, .null?, .bool?, .number?, .array?, .object?: nil
            }
        }
        guard let label = text("label"), let event = text("event_at"),
            let value = cells["value"]?.doubleValue ?? text("value").flatMap({ Double($0) }), value.isFinite
        else {
            throw GatehouseError(
                .invalidArgument, "Row \(number) lacks a label, an event_at, or a value that is a number.",
                hint: "Columns: \(columns.joined(separator: ", ")).")
        }
        return OutcomesCall.Outcome(
            requestID: text("request_id"), unit: text("unit"), window: text("window"), label: label, value: value, eventAt: event)
    }
}
