import Foundation
import GatehouseCore
import Scoring
import Testing

/// A model trained by the real library and what that library answered; written by `Fixtures/make_fixtures.py`.
struct ModelFixture {
    let columns: [String]
    let rows: [[Double]]
    let raw: [[Double]]
    let predictions: [[Double]]

    init(_ name: String) throws {
        let document = try JSONParser.parse(try Self.bytes("\(name).expected.json"))
        func matrix(_ key: String) throws -> [[Double]] {
            try #require(document[key]?.arrayValue).map { row in
                try #require(row.arrayValue).map { $0.doubleValue ?? .nan }
            }
        }
        columns = try #require(document["columns"]?.arrayValue).compactMap(\.stringValue)
        rows = try matrix("rows")
        raw = try matrix("raw")
        predictions = try matrix("predictions")
    }

    var table: Table { table(repeated: 1) }

    /// The rows over and over, for tests that need many.
    func table(repeated times: Int) -> Table {
        Table(
            rowCount: rows.count * times,
            columns: columns.enumerated().map { position, name in
                let column = rows.map { $0[position] }
                return TableColumn(name: name, values: .numeric((0..<times).flatMap { _ in column }))
            })
    }

    static func path(_ file: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/\(file)").path(percentEncoded: false)
    }

    static func bytes(_ file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path(file))))
    }

    static func model(_ file: String) throws -> NativeModel { try ModelFile.load(path: path(file)) }
}

/// Rows × outputs as rows of their own.
func rowsOf(_ values: [Double], outputs: Int) -> [[Double]] {
    stride(from: 0, to: values.count, by: outputs).map { Array(values[$0..<$0 + outputs]) }
}
