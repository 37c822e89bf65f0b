import Dispatch
import GatehouseCore
import Synchronization

/// Hashes passwords one after the other, on a thread of its own: the memory stays that of one hash, and the threads that
/// answer requests never wait for it. A class, because all requests stand in the one queue.
final class PasswordQueue: Sendable {
    static let waitingMax = 64

    private let queue = DispatchQueue(label: "gatehouse.passwords")
    private let waiting = Mutex(0)

    /// Fails with `tooManyRequests` when too many wait already.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let isAdmitted = waiting.withLock { count in
            guard count < Self.waitingMax else { return false }
            count += 1
            return true
        }
        guard isAdmitted else {
            throw GatehouseError(
                .tooManyRequests, "\(Self.waitingMax) sign-ins with a password wait already.",
                hint: "Try again in a second; programs use tokens, which are checked at once.", retryAfterSeconds: 1)
        }
        defer { waiting.withLock { $0 -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try work() }) }
        }
    }
}
