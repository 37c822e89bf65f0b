import GRDB
import GatehouseCore
import Storage

/// A GRDB connection inside a transaction. Lives as long as the transaction's body and never leaves it.
struct SQLiteConnection: SQLConnection {
    let connection: Database
    let spliced: SplicedStatements
    let purpose: SQLiteFailure.Purpose

    var dialect: any SQLDialect { SQLiteDialect() }

    func execute(_ statement: SQLStatement) throws -> Int {
        try translating { () throws -> Int in
            let changesBefore = connection.totalChangesCount
            try run(statement) { try $0.finish() }
            // SQLite's count is that of the last INSERT, UPDATE or DELETE, which need not be this statement.
            return connection.totalChangesCount == changesBefore ? 0 : connection.changesCount
        }
    }

    func rows(_ statement: SQLStatement) throws -> [SQLRow] {
        try translating { try run(statement) { try $0.rows() } }
    }

    private func run<T>(_ statement: SQLStatement, _ body: (SQLiteRun) throws -> T) throws -> T {
        // A full disk makes SQLite take the whole transaction back; what ran then would be committed by itself.
        guard connection.isInsideTransaction else {
            throw GatehouseError(
                .unavailable, "The database took the transaction back: the disk is full or failing.",
                hint: "Check free space of the data folder, then try again.")
        }
        let text = statement.text(placeholder: dialect.placeholder)
        let prepared = try statement.isFixed ? connection.cachedStatement(sql: text) : spliced.prepared(text, on: connection)
        let run = try SQLiteRun(prepared, values: statement.values)
        defer { run.end() }
        return try body(run)
    }

    private func translating<T>(_ body: () throws -> T) throws -> T {
        do { return try body() } catch { throw SQLiteFailure.translate(error, in: purpose) }
    }
}
