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
