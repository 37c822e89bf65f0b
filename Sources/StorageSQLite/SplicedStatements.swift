import GRDB
import GRDBSQLite
import Synchronization

/// Which spliced statements the connections keep prepared. GRDB's cache never forgets by itself, and callers can make any number
/// of texts: when those of a connection take up too much memory, it forgets all, and what is in use comes back.
///
/// A class because the reading and the writing queue share it.
final class SplicedStatements: Sendable {
    /// Of one connection; a statement that inserts a hundred rows takes about 100 kB.
    static let preparedBytesMax = 2 * 1024 * 1024

    private struct Kept {
        /// Hashes of texts: two texts with one hash only make the count of bytes a little low.
        var texts: Set<Int> = []
        var bytes = 0
    }

    private let kept = Mutex<[ObjectIdentifier: Kept]>([:])

    /// The statement, prepared now or before.
    func prepared(_ text: String, on connection: Database) throws -> Statement {
        let key = ObjectIdentifier(connection)
        let hash = text.hashValue
        let (isKept, bytes) = kept.withLock { ($0[key]?.texts.contains(hash) ?? false, $0[key]?.bytes ?? 0) }
        if isKept { return try connection.cachedStatement(sql: text) }
        if bytes > Self.preparedBytesMax {
            connection.releaseMemory()
            kept.withLock { $0[key] = nil }
        }
        let statement = try connection.cachedStatement(sql: text)
        let size = Int(sqlite3_stmt_status(statement.sqliteStatement, SQLITE_STMTSTATUS_MEMUSED, 0))
        kept.withLock {
            $0[key, default: Kept()].texts.insert(hash)
            $0[key, default: Kept()].bytes += size
        }
        return statement
    }
}
