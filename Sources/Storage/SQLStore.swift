/// A connection inside a transaction; what an adapter implements.
package protocol SQLConnection {
    /// Runs a statement and returns the number of rows it changed.
    func execute(_ statement: SQLStatement) throws -> Int
    /// Runs a query and returns all its rows; a query states its own LIMIT.
    func rows(_ statement: SQLStatement) throws -> [SQLRow]
    var dialect: any SQLDialect { get }
}

/// A running transaction. Queries are functions on it (`ModelVersion+Queries.swift`), written once for both databases.
/// Everything in it is synchronous: nothing can suspend while locks are held.
package struct SQLTransaction {
    private let connection: any SQLConnection
    private let announcements = Announcements()

    package init(_ connection: any SQLConnection) { self.connection = connection }

    package var dialect: any SQLDialect { connection.dialect }

    @discardableResult
    package func execute(_ statement: SQLStatement) throws -> Int { try connection.execute(statement) }

    package func rows<T>(_ statement: SQLStatement, _ read: (SQLRow) throws -> T) throws -> [T] {
        try connection.rows(statement).map(read)
    }

    package func first<T>(_ statement: SQLStatement, _ read: (SQLRow) throws -> T) throws -> T? {
        try connection.rows(statement).first.map(read)
    }

    /// Runs `body`, and takes back what it wrote and announced, and nothing else, unless `stays` says that it may stay. What it
    /// throws ends the transaction.
    package func tentatively<T>(_ body: () throws -> T, stays: (T) -> Bool) throws -> T {
        let before = announcements.all.count
        try execute("SAVEPOINT tentative")
        let value = try body()
        if !stays(value) {
            try execute("ROLLBACK TO SAVEPOINT tentative")
            announcements.all.removeSubrange(before...)
        }
        try execute("RELEASE SAVEPOINT tentative")
        return value
    }

    /// Tells the stores that wrap the database what was written, so that what must hold together with it can be written too before
    /// the commit. Gone with the transaction.
    package func announce(_ written: some Sendable) { announcements.all.append(written) }

    /// What was announced of this type until now, in order.
    package func announced<T: Sendable>(_ type: T.Type) -> [T] { announcements.all.compactMap { $0 as? T } }

    /// A class because the copies of a transaction are one.
    private final class Announcements { var all: [any Sendable] = [] }
}

/// A database. Facts that must hold together are written in one `write`.
///
/// Adapters translate failures once: a broken UNIQUE or PRIMARY KEY constraint is `alreadyExists`; a broken FOREIGN KEY,
/// CHECK or NOT NULL, or a change to an append-only table, is `conflict`; a full disk, a locked or unreachable database is
/// `unavailable`; a damaged one is `integrity`. An error that a body throws itself comes out as it is.
package protocol SQLStore: Sendable {
    /// Runs `body` on a consistent snapshot. Writing in it fails.
    func read<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T
    /// Runs `body` in one serialisable transaction: all of it is durable when this returns, or none of it happened.
    /// A body may run again after a serialisation conflict, so it must have no effect but on the database.
    func write<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T
    /// Counts the commits, so that whoever remembers what it read knows when to look again: nothing changed while this stayed
    /// the same. Nil for a database that other processes write to as well.
    var commitCount: UInt64? { get }
    func close() async throws
}
