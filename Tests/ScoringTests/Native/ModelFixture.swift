import Foundation
import GatehouseCore
import Scoring
import Testing

/// A model trained by the real library and what that library answered; written by `Fixtures/make_fixtures.py`.
struct ModelFixture {
    let columns: [String]
    /// Numbers, texts, or null where there is no value.
    private let cells: [[JSONValue]]
    let raw: [[Double]]
    let predictions: [[Double]]
    /// What the library calls the leaf of each row and tree; nil where it was not asked.
    let leaves: [[Double]]?

    init(_ name: String) throws {
        let document = try JSONParser.parse(try Self.bytes("\(name).expected.json"))
        func matrix(_ key: String) throws -> [[Double]] {
            try #require(document[key]?.arrayValue).map { row in
                try #require(row.arrayValue).map { $0.doubleValue ?? .nan }
            }
        }
        columns = try #require(document["columns"]?.arrayValue).compactMap(\.stringValue)
        cells = try #require(document["rows"]?.arrayValue).map { try #require($0.arrayValue) }
        raw = try matrix("raw")
        predictions = try matrix("predictions")
        leaves = document["leaves"] == nil ? nil : try matrix("leaves")
    }

    var rowCount: Int { cells.count }

    var table: Table { table(repeated: 1) }

    /// The rows over and over, for tests that need many.
    func table(repeated times: Int) -> Table {
        Table(
            rowCount: cells.count * times,
            columns: columns.enumerated().map { position, name in
                let column = cells.map { $0[position] }
                let categories = Set(column.compactMap(\.stringValue)).sorted()
                guard categories.isEmpty else {
                    let codes = column.map { cell in
                        cell.stringValue.flatMap { categories.firstIndex(of: $0) }.map { Int32($0) } ?? -1
                    }
                    let repeated = (0..<times).flatMap { _ in codes }
                    return TableColumn(name: name, values: .categorical(codes: repeated, categories: categories))
                }
                let numbers = column.map { $0.doubleValue ?? .nan }
                return TableColumn(name: name, values: .numeric((0..<times).flatMap { _ in numbers }))
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
