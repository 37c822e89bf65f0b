import CLibPQ
import GatehouseCore
import Storage

/// Numbers of PostgreSQL's own types, from its catalogue `pg_type`; they never change.
enum PostgresType {
    static let bool: Oid = 16
    static let bytes: Oid = 17
    static let name: Oid = 19
    static let bigint: Oid = 20
    static let smallint: Oid = 21
    static let integer: Oid = 23
    static let text: Oid = 25
    static let double: Oid = 701
    static let varchar: Oid = 1043
}

/// Reads a result in PostgreSQL's binary form.
enum PostgresRows {
    /// Fails with `internalFailure` for a column of a type that no statement of ours asks for.
    static func read(_ result: OpaquePointer) throws -> [SQLRow] {
        let (rowCount, columnCount) = (PQntuples(result), PQnfields(result))
        let names = (0..<columnCount).map { String(cString: PQfname(result, $0)) }
        let types = (0..<columnCount).map { PQftype(result, $0) }
        var values: [SQLValue] = []
        values.reserveCapacity(Int(rowCount) * Int(columnCount))
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                if PQgetisnull(result, row, column) == 1 {
                    values.append(.null)
                } else {
                    // libpq owns these bytes until the result is cleared; they are copied before that.
                    let bytes = UnsafeRawBufferPointer(
                        start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
                    try values.append(value(bytes, type: types[Int(column)], column: names[Int(column)]))
                }
            }
        }
        let columns = SQLColumns(names)
        return (0..<Int(rowCount)).map { SQLRow(columns: columns, values: values, start: $0 * Int(columnCount)) }
    }

    private static func value(_ bytes: UnsafeRawBufferPointer, type: Oid, column: String) throws(GatehouseError) -> SQLValue {
        switch type {
        case PostgresType.bytes: return .bytes(Array(bytes))
        case PostgresType.text, PostgresType.varchar, PostgresType.name: return .text(String(decoding: bytes, as: UTF8.self))
        case PostgresType.bool where bytes.count == 1: return .integer(bytes[0] == 0 ? 0 : 1)
        case PostgresType.bigint where bytes.count == 8: return .integer(Int64(bitPattern: bigEndian(bytes)))
        case PostgresType.integer where bytes.count == 4:
            return .integer(Int64(Int32(truncatingIfNeeded: bigEndian(bytes))))
        case PostgresType.smallint where bytes.count == 2:
            return .integer(Int64(Int16(truncatingIfNeeded: bigEndian(bytes))))
        case PostgresType.double where bytes.count == 8: return .double(Double(bitPattern: bigEndian(bytes)))
        default: throw GatehouseError(.internalFailure, "The column '\(column)' has the type number \(type), which is not read.")
        }
    }

    private static func bigEndian(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
