import GatehouseCore
import Synchronization

/// Lets people try rows one at a time each, and a few at once in all: a trial opens two models. A class because the requests
/// share it.
final class TrialDoor: Sendable {
    static let runningMax = 4

    private let inside = Mutex<Set<String>>([])

    /// Fails with `tooManyRequests` where the person is inside already, or too many are.
    func pass<Value: Sendable>(_ person: Principal, _ body: () async throws -> Value) async throws -> Value {
        let refusal = inside.withLock { inside -> String? in
            if inside.contains(person.text) { return "Another row of yours is being tried." }
            if inside.count >= Self.runningMax { return "\(Self.runningMax) rows are being tried already." }
            inside.insert(person.text)
            return nil
        }
        if let refusal {
            throw GatehouseError(.tooManyRequests, refusal, hint: "Try again in a moment.", retryAfterSeconds: 2)
        }
        defer { inside.withLock { _ = $0.remove(person.text) } }
        return try await body()
    }
}
