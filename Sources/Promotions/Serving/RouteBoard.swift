import GatehouseCore
import ServiceLifecycle
import Synchronization

/// Where gateways wait for the next route table. A class because the store that publishes and the calls that wait share it.
package final class RouteBoard: Service {
    package static let waitersMax = 1_000

    private struct State {
        var newest: Int64 = 0
        var waiters: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var lastWaiter: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Lets those who wait go at the end, so that nobody has to wait for them.
    package func run() async throws {
        try? await gracefulShutdown()
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.finish() }
    }

    /// A table was committed. Those that wait look for themselves what it says.
    func announce(_ number: Int64) {
        let waiters = state.withLock { state -> [AsyncStream<Void>.Continuation] in
            guard number > state.newest else { return [] }
            state.newest = number
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.yield() }
    }

    /// A place to wait at until the next announcement. Fails with `tooManyRequests` when `waitersMax` wait.
    func enter() throws(GatehouseError) -> Place {
        let (news, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state -> UInt64? in
            guard state.waiters.count < Self.waitersMax else { return nil }
            state.lastWaiter += 1
            if state.isClosed { continuation.finish() } else { state.waiters[state.lastWaiter] = continuation }
            return state.lastWaiter
        }
        guard let number else {
            throw GatehouseError(
                .tooManyRequests, "\(Self.waitersMax) gateways wait for route tables already.", retryAfterSeconds: 5)
        }
        return Place(number: number, news: news)
    }

    func leave(_ place: Place) { state.withLock { $0.waiters[place.number] = nil } }

    struct Place {
        fileprivate let number: UInt64
        fileprivate let news: AsyncStream<Void>

        /// Until something was announced, the server ends, or the time is over.
        func wait(_ duration: Duration) async {
            await withTaskGroup(of: Void.self) { [news] tasks in
                tasks.addTask { for await _ in news { return } }
                tasks.addTask { try? await Task.sleep(for: duration) }
                _ = await tasks.next()
                tasks.cancelAll()
            }
        }
    }
}
