import GatehouseCore
import Storage
import Synchronization

/// A real database behind a failing disk: counts transactions, fails at the one it was told to, and tells of every commit.
/// A class because the test arms it while services write.
final class WatchedStore: SQLStore {
    /// When a failure strikes, as seen from the transaction.
    enum Moment: Sendable, CaseIterable {
        /// Nothing was written.
        case beforeCommit
        /// Everything was written, but the writer is told that it was not.
        case afterCommit
    }

    struct Fault: Sendable {
        let write: Int
        let moment: Moment
        /// Everything from there on fails too, as after a crash.
        let isLasting: Bool
    }

    private struct State {
        var writes = 0
        var fault: Fault?
    }

    /// One element after transactions that were tried; several may share one.
    let attempts: AsyncStream<Void>
    private let attempt: AsyncStream<Void>.Continuation
    private let base: any SQLStore
    private let state = Mutex(State())

    init(_ base: any SQLStore) {
        self.base = base
        (attempts, attempt) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Counts writes from here; the first is 1.
    func arm(_ fault: Fault?) { state.withLock { $0 = State(fault: fault) } }
    var writes: Int { state.withLock { $0.writes } }
    func signal() { attempt.yield() }

    static let failure = GatehouseError(.unavailable, "The test's disk failed.")

    func read<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        try await base.read(body)
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        defer { signal() }
        let moment = state.withLock { state -> Moment? in
            state.writes += 1
            guard let fault = state.fault else { return nil }
            if fault.isLasting, state.writes > fault.write { return .beforeCommit }
            return state.writes == fault.write ? fault.moment : nil
        }
        switch moment {
        case nil: return try await base.write(body)
        case .beforeCommit:
            // The body runs, so that what it would have written is rolled back by the database itself.
            return try await base.write { tx in
                _ = try body(tx)
                throw Self.failure
            }
        case .afterCommit:
            _ = try await base.write(body)
            throw Self.failure
        }
    }

    var commitCount: UInt64? { base.commitCount }
    func close() async throws { try await base.close() }
}
