import Synchronization

/// What is being delivered at this moment. A class because the loop that starts attempts and the attempts themselves share it.
final class LanesInFlight: Sendable {
    /// The lanes under way, each with whether its webhook's last answer was a success.
    private let lanes = Mutex<[Delivery.Lane: Bool]>([:])
    /// The kinds of events that the last look left waiting, because nobody can be sent them. The deliverer looks again when an attempt
    /// or a rest ends and when a webhook is changed.
    private let waiting = Mutex<Set<EventKind>>([])

    var kindsWaiting: Set<EventKind> {
        get { waiting.withLock { $0 } }
        set { waiting.withLock { $0 = newValue } }
    }

    var isEmpty: Bool { lanes.withLock { $0.isEmpty } }
    var current: [Delivery.Lane: Bool] { lanes.withLock { $0 } }

    func begin(_ lane: Delivery.Lane, isProven: Bool) { lanes.withLock { $0[lane] = isProven } }
    func end(_ lane: Delivery.Lane) { lanes.withLock { _ = $0.removeValue(forKey: lane) } }
}
