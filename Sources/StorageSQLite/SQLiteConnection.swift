import Foundation
import GRDB
import GatehouseCore
import Storage

/// A GRDB connection inside a transaction. Lives as long as the transaction's body and never leaves it.
struct SQLiteConnection: SQLConnection {
    let connection: Database
    let purpose: SQLiteFailure.Purpose

    var dialect: any SQLDialect { SQLiteDialect() }

    func execute(_ statement: SQLStatement) throws -> Int {
        try translating { () throws -> Int in
            let changesBefore = connection.totalChangesCount
            try prepared(statement).execute()
            // SQLite's count is that of the last INSERT, UPDATE or DELETE, which need not be this statement.
            return connection.totalChangesCount == changesBefore ? 0 : connection.changesCount
        }
    }

    func rows(_ statement: SQLStatement) throws -> [SQLRow] {
        try translating {
            let prepared = try prepared(statement)
            let names = prepared.columnNames.enumerated().map { ($1, $0) }
            let columns = Dictionary(names, uniquingKeysWith: { first, _ in first })
            let cursor = try Row.fetchCursor(prepared)
            var rows: [SQLRow] = []
            while let row = try cursor.next() {
                rows.append(SQLRow(columns: columns, values: row.databaseValues.map(Self.value)))
            }
            return rows
        }
    }

    private func prepared(_ statement: SQLStatement) throws -> Statement {
        let text = statement.text(placeholder: dialect.placeholder)
        // GRDB's cache never forgets.
        let prepared = try statement.isFixed ? connection.cachedStatement(sql: text) : connection.makeStatement(sql: text)
        try prepared.setArguments(StatementArguments(statement.values.map(Self.bound)))
        return prepared
    }

    private func translating<T>(_ body: () throws -> T) throws -> T {
        do { return try body() } catch { throw SQLiteFailure.translate(error, in: purpose) }
    }

    private static func bound(_ value: SQLValue) throws(GatehouseError) -> DatabaseValue {
        switch value {
        case .null: return .null
        case .integer(let integer): return integer.databaseValue
        case .double(let double):
            // SQLite stores NaN as NULL without a word.
            guard !double.isNaN else {
                throw GatehouseError(.invalidArgument, "NaN cannot be stored.", hint: "Leave the number out instead.")
            }
            return double.databaseValue
        case .text(let text):
            // SQLite's text functions end a text at its first NUL, and PostgreSQL refuses it.
            guard !text.utf8.contains(0) else {
                throw GatehouseError(
                    .invalidArgument, "A text with a NUL character cannot be stored: '\(text.prefix(40))'.",
                    hint: "Remove the character U+0000.")
            }
            return text.databaseValue
        case .bytes(let bytes): return Data(bytes).databaseValue
        }
    }

    private static func value(_ value: DatabaseValue) -> SQLValue {
        switch value.storage {
        case .null: .null
        case .int64(let integer): .integer(integer)
        case .double(let double): .double(double)
        case .string(let text): .text(text)
        case .blob(let data): .bytes([UInt8](data))
        }
    }
}
