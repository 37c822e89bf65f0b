import Synchronization

/// What is being delivered at this moment. A class because the loop that starts attempts and the attempts themselves share it.
final class LanesInFlight: Sendable {
    private let lanes = Mutex<Set<Delivery.Lane>>([])

    var isEmpty: Bool { lanes.withLock { $0.isEmpty } }
    var current: Set<Delivery.Lane> { lanes.withLock { $0 } }

    func begin(_ lane: Delivery.Lane) { lanes.withLock { _ = $0.insert(lane) } }
    func end(_ lane: Delivery.Lane) { lanes.withLock { _ = $0.remove(lane) } }
}
