import Dispatch
import Storage
import Synchronization

/// A connection that comes back after an outage, and the thread its blocking calls run on, one after the other: Swift's own
/// threads must never wait. A class because whoever uses it shares connection and thread.
package final class PostgresSession: Sendable {
    let address: PostgresAddress
    private let thread = DispatchQueue(label: "gatehouse.postgres")
    private let connection = Mutex<PostgresConnection?>(nil)

    package init(_ address: PostgresAddress) { self.address = address }

    /// Runs `body` in one transaction: all of it is durable when this returns, or none of it happened. Connects first when
    /// there is no connection, so a call after an outage works by itself. A cancelled call is given up within a moment.
    func transaction<T: Sendable>(_ body: @escaping @Sendable (PostgresTransaction) throws -> T) async throws -> T {
        let unwanted = Unwanted()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                thread.async { continuation.resume(with: Result { try self.run(body, unwanted) }) }
            }
        } onCancel: {
            unwanted.set()
        }
    }

    package func close() async {
        await withCheckedContinuation { continuation in
            thread.async {
                self.connection.withLock { $0 = nil }
                continuation.resume()
            }
        }
    }

    private func run<T: Sendable>(_ body: @Sendable (PostgresTransaction) throws -> T, _ unwanted: Unwanted) throws -> T {
        guard !unwanted.isSet else { throw CancellationError() }
        return try connection.withLock { kept in
            if let current = kept, !current.isUsable { kept = nil }
            let current = try kept ?? PostgresConnection(address)
            kept = nil
            let transaction = PostgresTransaction(connection: current, isUnwanted: { unwanted.isSet })
            let result: T
            do {
                try current.rows("BEGIN ISOLATION LEVEL READ COMMITTED")
                result = try body(transaction)
                try current.rows("COMMIT", isUnwanted: { unwanted.isSet })
            } catch {
                // Kept only when it takes the rollback; else the next call connects anew.
                if (try? current.rows("ROLLBACK")) != nil, current.isUsable { kept = current }
                throw error
            }
            kept = current
            return result
        }
    }
}

/// Whether anybody still waits for a call. A class because the two sides share it.
private final class Unwanted: Sendable {
    private let flag = Atomic<Bool>(false)

    var isSet: Bool { flag.load(ordering: .acquiring) }
    func set() { flag.store(true, ordering: .releasing) }
}
