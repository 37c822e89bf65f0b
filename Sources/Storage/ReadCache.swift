import Synchronization

/// Keeps what was read from a store until the store's next commit.
///
/// Why an answer from here is never older than one from the store: the count of commits is looked up before the read, so what is
/// kept has seen every commit up to that count, and it is given out only while the count is still the same. A store counts a
/// commit before it tells the writer, so whoever was told of a change never gets an answer from before it. What the caller may
/// see has to be decided before the cache is asked: it knows keys, not callers.
///
/// A class because all requests share it.
package final class ReadCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct State {
        var commits: UInt64
        var values: [Key: Value] = [:]
        var bytes = 0
    }

    private let store: any SQLStore
    private let valuesMax: Int
    private let bytesMax: Int
    private let size: @Sendable (Value) -> Int
    private let state = Mutex(State(commits: 0))

    /// `size` tells how many bytes a value takes; one of more than a 64th of `bytesMax` is not kept.
    package init(
        _ store: any SQLStore, valuesMax: Int, bytesMax: Int, size: @escaping @Sendable (Value) -> Int = { _ in 0 }
    ) {
        self.store = store
        self.valuesMax = valuesMax
        self.bytesMax = bytesMax
        self.size = size
    }

    /// What is kept for `key`, or what `read` gets from the store. What `read` throws is not kept.
    package func value(_ key: Key, _ read: () async throws -> Value) async throws -> Value {
        guard let commits = store.commitCount else { return try await read() }
        if let kept = state.withLock({ $0.commits == commits ? $0.values[key] : nil }) { return kept }
        let value = try await read()
        keep(value, for: key, asOf: commits)
        return value
    }

    private func keep(_ value: Value, for key: Key, asOf commits: UInt64) {
        let bytes = size(value)
        guard bytes <= bytesMax / 64 else { return }
        state.withLock { state in
            // Somebody else has read something newer meanwhile.
            guard state.commits <= commits else { return }
            // When it is full it starts anew: what is asked for often is back at once.
            if state.commits < commits || state.values.count >= valuesMax || state.bytes + bytes > bytesMax {
                state = State(commits: commits)
            }
            if let earlier = state.values.updateValue(value, forKey: key) { state.bytes -= size(earlier) }
            state.bytes += bytes
        }
    }
}
