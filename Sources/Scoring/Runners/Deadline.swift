/// Runs `operation`, but not longer than `limit`: then it is cancelled, awaited, and the answer is nil.
///
/// The operation must heed cancellation. Fails with what the operation throws.
package func withDeadline<Value: Sendable>(
    _ limit: Duration, clock: some Clock<Duration> = ContinuousClock(),
    operation: @escaping @Sendable () async throws -> Value
) async throws -> Value? {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        defer { group.cancelAll() }
        group.addTask { try await operation() }
        group.addTask {
            try await clock.sleep(for: limit)
            return nil
        }
        return try await group.next() ?? nil
    }
}
