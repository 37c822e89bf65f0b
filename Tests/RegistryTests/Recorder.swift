import Storage
import Synchronization

/// Runs statements on a real transaction and keeps them, so that the queries themselves can be explained.
/// A class because the transaction is a value that is copied.
final class Recorder: SQLConnection {
    private let transaction: SQLTransaction
    private let kept = Mutex<[SQLStatement]>([])

    init(_ transaction: SQLTransaction) { self.transaction = transaction }
    var dialect: any SQLDialect { transaction.dialect }
    var statements: [SQLStatement] { kept.withLock { $0 } }

    func execute(_ statement: SQLStatement) throws -> Int {
        kept.withLock { $0.append(statement) }
        return try transaction.execute(statement)
    }

    func rows(_ statement: SQLStatement) throws -> [SQLRow] {
        kept.withLock { $0.append(statement) }
        return try transaction.rows(statement) { $0 }
    }
}
