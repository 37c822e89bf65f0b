import Storage

/// A transaction while it is open.
struct PostgresTransaction {
    let connection: PostgresConnection
    let isUnwanted: () -> Bool

    @discardableResult
    func rows<T>(_ statement: SQLStatement, _ read: (SQLRow) throws -> T) throws -> [T] {
        try connection.rows(statement, isUnwanted: isUnwanted).map(read)
    }

    func first<T>(_ statement: SQLStatement, _ read: (SQLRow) throws -> T) throws -> T? {
        try connection.rows(statement, isUnwanted: isUnwanted).first.map(read)
    }

    func execute(_ statement: SQLStatement) throws { try connection.rows(statement, isUnwanted: isUnwanted) }
}
