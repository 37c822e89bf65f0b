import Storage
import Synchronization

/// A store that keeps the statements run on it. A class because the registry and the test look at the same one.
final class SpyStore: SQLStore {
    private let store: any SQLStore
    private let kept = Mutex<[SQLStatement]>([])

    init(_ store: any SQLStore) { self.store = store }

    var statements: [SQLStatement] { kept.withLock { $0 } }
    func forget() { kept.withLock { $0.removeAll() } }

    func read<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        try await store.read { tx in try self.watched(tx, body) }
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        try await store.write { tx in try self.watched(tx, body) }
    }

    var commitCount: UInt64? { store.commitCount }
    func close() async throws { try await store.close() }

    private func watched<T>(_ tx: SQLTransaction, _ body: (SQLTransaction) throws -> T) throws -> T {
        let recorder = Recorder(tx)
        defer { kept.withLock { $0 += recorder.statements } }
        return try body(SQLTransaction(recorder))
    }
}
