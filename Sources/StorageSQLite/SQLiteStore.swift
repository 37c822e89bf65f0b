import GRDB
import GatehouseCore
import Glibc
package import Storage

/// One SQLite file in WAL mode: any number of readers beside one writer. Every commit is on disk when `write` returns
/// (`synchronous = FULL`).
///
/// Transactions that wait at the same time share one wait for the disk (`CommitQueue`), reads share a snapshot (`ReadQueue`).
/// Only GRDB's asynchronous calls are used: mixing them with synchronous ones can exhaust a small thread pool.
package struct SQLiteStore: SQLStore {
    package static let busyTimeoutSeconds = 5
    package static let readersMax = 8
    /// "GATE": tells our file from another program's.
    static let applicationID: Int64 = 0x4741_5445

    private let pool: DatabasePool
    private let reads: ReadQueue
    private let writes: CommitQueue
    private let commits: CommitCount

    private init(pool: DatabasePool) {
        self.pool = pool
        commits = CommitCount()
        let spliced = SplicedStatements()
        reads = ReadQueue(pool: pool, spliced: spliced)
        writes = CommitQueue(pool: pool, spliced: spliced, commits: commits)
    }

    /// Opens the file at `path`, or creates it readable by its owner only. Fails with `unavailable` when it cannot be
    /// opened, `integrity` when it is not a database, `conflict` when it is another program's.
    package static func open(path: String) async throws -> SQLiteStore {
        try create(path)
        var configuration = Configuration()
        configuration.label = "gatehouse"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(Double(busyTimeoutSeconds))
        configuration.maximumReaderCount = readersMax
        configuration.prepareDatabase { connection in
            // PostgreSQL's LIKE minds the letter case, so ours does.
            try connection.execute(sql: "PRAGMA case_sensitive_like = ON")
        }
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            try await pool.writeWithoutTransaction { connection in
                // After the pool's own set-up, which chooses NORMAL: that may lose the last commits at a power cut.
                try connection.execute(sql: "PRAGMA synchronous = FULL")
                // What is forgotten on request must not stay readable in the free space of a page.
                try connection.execute(sql: "PRAGMA secure_delete = ON")
                // A job of the queue is a savepoint: the pages that it changes are kept as they were until it has ended. In a
                // file, unless temporary things stay in memory.
                try connection.execute(sql: "PRAGMA temp_store = MEMORY")
                try connection.inTransaction(.immediate) {
                    try claim(connection, path: path)
                    return .commit
                }
                // The write-ahead file of an earlier run still holds what was forgotten since. Not while others use it.
                _ = try? connection.checkpoint(.truncate)
            }
            return SQLiteStore(pool: pool)
        } catch {
            throw SQLiteFailure.translate(error, in: .writing)
        }
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        try await reads.read(body)
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        try await writes.write(body)
    }

    package var commitCount: UInt64? { commits.value }

    package func close() async throws {
        do { try pool.close() } catch { throw SQLiteFailure.translate(error, in: .writing) }
    }

    /// Creates the file before SQLite does, so that no moment exists in which others may read it; SQLite gives its
    /// `-wal` and `-shm` files the same permissions.
    private static func create(_ path: String) throws(GatehouseError) {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw GatehouseError(
                .unavailable, "The database '\(path)' cannot be opened: \(String(cString: strerror(errno))).",
                hint: "Check that the data folder exists and that this user may write in it.")
        }
        Glibc.close(descriptor)
    }

    private static func claim(_ connection: Database, path: String) throws {
        let owner = try Int64.fetchOne(connection, sql: "PRAGMA application_id") ?? 0
        if owner == applicationID { return }
        let tables = try Int64.fetchOne(connection, sql: "SELECT COUNT(*) FROM sqlite_master") ?? 0
        guard owner == 0, tables == 0 else {
            throw GatehouseError(
                .conflict, "'\(path)' is another program's database.", hint: "Choose another --data-dir.")
        }
        try connection.execute(sql: "PRAGMA application_id = \(applicationID)")
    }
}
