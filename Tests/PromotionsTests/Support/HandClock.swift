import GatehouseCore
import Synchronization

/// A class because services and test share one: the test moves it on.
final class HandClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ start: Timestamp) { time = Mutex(start) }
    var now: Timestamp { time.withLock { $0 } }
    func advance(by duration: Duration) { time.withLock { $0 = $0.adding(duration) } }
}

/// Ids that count and sort in the order in which they were given out.
final class CountingIDs: Sendable {
    private let last: Mutex<Int>

    init(after last: Int = 0) { self.last = Mutex(last) }

    func next() -> String {
        last.withLock {
            $0 += 1
            return String(100_000 + $0)
        }
    }
}
