import GRDB
import GatehouseCore
import Storage

/// Lets reads that wait at the same time share a snapshot, and the way to the database's thread and back.
///
/// A read sees every commit that was there when it was asked for: the snapshot is opened after the reads that share it have
/// come in.
struct ReadQueue: Sendable {
    /// Reads that share a snapshot at most: the first of them waits for the last.
    static let batchMax = 8
    /// Threads that read at the same time.
    static let workersMax = 4

    private let pool: DatabasePool
    private let spliced: SplicedStatements
    private let line = WaitingLine<@Sendable (Result<Database, any Error>) -> Void>(workersMax: workersMax)

    init(pool: DatabasePool, spliced: SplicedStatements) {
        self.pool = pool
        self.spliced = spliced
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let isFirst = line.add { connection in
                continuation.resume(
                    with: Result {
                        let connection = try connection.get()
                        return try body(
                            SQLTransaction(SQLiteConnection(connection: connection, spliced: spliced, purpose: .reading)))
                    }.mapError { SQLiteFailure.translate($0, in: .reading) })
            }
            if isFirst { pool.asyncUnsafeRead { drain($0) } }
        }
    }

    private func drain(_ connection: Result<Database, any Error>) {
        while case let batch = line.take(max: Self.batchMax), !batch.isEmpty {
            var waiting = batch[...]
            do {
                let connection = try connection.get()
                try connection.inTransaction(.deferred) {
                    while let read = waiting.popFirst() { read(.success(connection)) }
                    return .commit
                }
            } catch {
                // The snapshot could not be opened. A read that has run was answered already.
                for read in waiting { read(.failure(error)) }
            }
        }
    }
}
