package import GatehouseCore

/// One row of a result. Reading a column that is missing or of another type is a fault of ours: `internalFailure`.
package struct SQLRow: Sendable {
    private let columns: SQLColumns
    /// The values of all rows of the result, one row after the other.
    private let values: [SQLValue]
    /// Where this row begins in `values`.
    private let start: Int

    /// One row of a result whose `values` stand row by row; `start` is where this one begins.
    package init(columns: SQLColumns, values: [SQLValue], start: Int) {
        self.columns = columns
        self.values = values
        self.start = start
    }

    package func value(_ column: String) throws(GatehouseError) -> SQLValue {
        guard let index = columns.index(of: column) else { throw Self.mismatch(column, "is not in the result") }
        return values[start + index]
    }

    package func text(_ column: String) throws(GatehouseError) -> String {
        guard case .text(let text) = try value(column) else { throw Self.mismatch(column, "is not text") }
        return text
    }

    package func integer(_ column: String) throws(GatehouseError) -> Int64 {
        guard case .integer(let integer) = try value(column) else { throw Self.mismatch(column, "is not an integer") }
        return integer
    }

    package func double(_ column: String) throws(GatehouseError) -> Double {
        switch try value(column) {
        case .double(let double): return double
        case .integer(let integer): return Double(integer)
        case .null, .text, .bytes: throw Self.mismatch(column, "is not a number")
        }
    }

    package func bytes(_ column: String) throws(GatehouseError) -> [UInt8] {
        guard case .bytes(let bytes) = try value(column) else { throw Self.mismatch(column, "is not bytes") }
        return bytes
    }

    package func bool(_ column: String) throws(GatehouseError) -> Bool { try integer(column) != 0 }
    package func timestamp(_ column: String) throws(GatehouseError) -> Timestamp { Timestamp(milliseconds: try integer(column)) }
    package func digest(_ column: String) throws(GatehouseError) -> Digest { try Digest(parsing: text(column)) }
    package func json(_ column: String) throws(GatehouseError) -> JSONValue { try JSONParser.parse(text(column)) }

    /// Nil for NULL, else what `read` makes of the column.
    package func optional<T>(_ column: String, _ read: (String) throws -> T) throws -> T? {
        if case .null = try value(column) { return nil }
        return try read(column)
    }

    private static func mismatch(_ column: String, _ what: String) -> GatehouseError {
        GatehouseError(.internalFailure, "The column '\(column)' \(what).")
    }
}

extension Timestamp: SQLBindable { package var sqlValue: SQLValue { .integer(milliseconds) } }
extension Digest: SQLBindable { package var sqlValue: SQLValue { .text(description) } }
extension ModelName: SQLBindable { package var sqlValue: SQLValue { .text(text) } }
extension VersionNumber: SQLBindable { package var sqlValue: SQLValue { .integer(value) } }
extension Alias: SQLBindable { package var sqlValue: SQLValue { .text(text) } }
extension Principal: SQLBindable { package var sqlValue: SQLValue { .text(text) } }
extension Stage: SQLBindable { package var sqlValue: SQLValue { .text(rawValue) } }
extension JSONValue: SQLBindable { package var sqlValue: SQLValue { .text(canonicalText) } }
