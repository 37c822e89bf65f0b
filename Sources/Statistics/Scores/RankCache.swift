import Synchronization

/// What has been sorted of one model's scores. A class because copies of the scores share it: each order is made once, when
/// first asked for, and not at all when nobody asks.
final class RankCache: Sendable {
    private let sums = Mutex<RankSums?>(nil)
    private let order = Mutex<RowOrder?>(nil)

    func sums(_ make: () -> RankSums) -> RankSums {
        sums.withLock { Self.filled(&$0, make) }
    }

    func order(_ make: () -> RowOrder) -> RowOrder {
        order.withLock { Self.filled(&$0, make) }
    }

    private static func filled<Value>(_ slot: inout Value?, _ make: () -> Value) -> Value {
        if let value = slot { return value }
        let value = make()
        slot = value
        return value
    }
}
