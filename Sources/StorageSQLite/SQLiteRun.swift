import GRDB
import GRDBSQLite
import GatehouseCore
import Storage

/// One run of a prepared statement: values in, rows out, through SQLite's own calls. GRDB takes every value through three forms on
/// its way and looks at each name again, which costs more than the database does.
///
/// The pointers are sound because a run begins and ends inside one access to its connection, which holds the statement.
struct SQLiteRun {
    private let statement: OpaquePointer

    /// Binds the values. Fails with `invalidArgument` for what cannot be stored, `tooLarge` for what is too long.
    init(_ prepared: Statement, values: [SQLValue]) throws {
        statement = prepared.sqliteStatement
        do {
            guard sqlite3_bind_parameter_count(statement) == values.count else {
                throw GatehouseError(.internalFailure, "The statement does not ask for \(values.count) values: \(prepared.sql).")
            }
            for (index, value) in values.enumerated() { try bind(value, at: Int32(index) + 1) }
        } catch {
            end()
            throw error
        }
    }

    /// Takes the statement back to its beginning, which also ends what it holds open in the database.
    func end() {
        // Its code is that of the last step, which was looked at already.
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }

    func finish() throws {
        while try step() {}
    }

    func rows() throws -> [SQLRow] {
        guard try step() else { return [] }
        // Only now: SQLite may have prepared the statement anew after a change of the schema.
        let count = sqlite3_column_count(statement)
        let columns = SQLColumns((0..<count).map { sqlite3_column_name(statement, $0).map { String(cString: $0) } ?? "" })
        var values: [SQLValue] = []
        repeat {
            for index in 0..<count { values.append(value(index)) }
        } while try step()
        return stride(from: 0, to: values.count, by: Int(count)).map { SQLRow(columns: columns, values: values, start: $0) }
    }

    /// False at the end.
    private func step() throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw failure(code)
        }
    }

    private func failure(_ code: Int32) -> DatabaseError {
        let connection = sqlite3_db_handle(statement)
        let extended = sqlite3_extended_errcode(connection)
        return DatabaseError(
            resultCode: ResultCode(rawValue: extended == SQLITE_OK ? code : extended),
            message: sqlite3_errmsg(connection).map { String(cString: $0) })
    }

    // MARK: - Values

    private func bind(_ value: SQLValue, at index: Int32) throws {
        let code: Int32
        switch value {
        case .null: code = sqlite3_bind_null(statement, index)
        case .integer(let integer): code = sqlite3_bind_int64(statement, index, integer)
        case .double(let double):
            // SQLite stores NaN as NULL without a word.
            guard !double.isNaN else {
                throw GatehouseError(.invalidArgument, "NaN cannot be stored.", hint: "Leave the number out instead.")
            }
            code = sqlite3_bind_double(statement, index, double)
        case .text(let text): code = try bind(text, at: index)
        case .bytes(let bytes):
            code = bytes.withUnsafeBytes {
                // Without an address SQLite would take no bytes for NULL.
                $0.isEmpty
                    ? sqlite3_bind_zeroblob(statement, index, 0)
                    : sqlite3_bind_blob64(statement, index, $0.baseAddress, UInt64($0.count), Self.copied)
            }
        }
        guard code == SQLITE_OK else { throw failure(code) }
    }

    private func bind(_ text: String, at index: Int32) throws(GatehouseError) -> Int32 {
        var text = text
        let code: Int32? = text.withUTF8 { utf8 in
            // SQLite's text functions end a text at its first NUL, and PostgreSQL refuses it.
            guard !utf8.contains(0) else { return nil }
            return utf8.withMemoryRebound(to: CChar.self) {
                $0.isEmpty
                    ? sqlite3_bind_text(statement, index, "", 0, Self.copied)
                    : sqlite3_bind_text64(statement, index, $0.baseAddress, UInt64($0.count), Self.copied, UInt8(SQLITE_UTF8))
            }
        }
        guard let code else {
            throw GatehouseError(
                .invalidArgument, "A text with a NUL character cannot be stored: '\(text.prefix(40))'.",
                hint: "Remove the character U+0000.")
        }
        return code
    }

    /// SQLITE_TRANSIENT, a cast that C's importer leaves out: SQLite copies the bytes before the call returns.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private func value(_ index: Int32) -> SQLValue {
        switch sqlite3_column_type(statement, index) {
        case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, index))
        case SQLITE_FLOAT: .double(sqlite3_column_double(statement, index))
        case SQLITE_TEXT: .text(String(decoding: bytes(sqlite3_column_text(statement, index), index), as: UTF8.self))
        case SQLITE_BLOB: .bytes([UInt8](bytes(sqlite3_column_blob(statement, index), index)))
        default: .null
        }
    }

    /// The bytes of a column, which live until the next step. Its length is asked for after its address, as SQLite wants it.
    private func bytes(_ start: UnsafeRawPointer?, _ index: Int32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(statement, index)))
    }
}
