import NIOCore
import ServiceLifecycle
import Synchronization

/// The table that the loops serve from, and those before it whose last requests may still be in flight. A class because who
/// watches for tables and who reports on them share it.
package final class ServedRoutes: Service {
    static let lookMilliseconds: Int64 = 1_000

    private struct State {
        var current = ActiveRoutes()
        /// `until` the longest deadline of their requests is over.
        var retired: [(routes: ActiveRoutes, until: ContinuousClock.Instant)] = []
        /// What was asked of the local versions before `current` was adopted.
        var askedUpTo = 0
    }

    private let server: GatewayServer
    private let local: LocalModels?
    private let state = Mutex(State())

    package init(server: GatewayServer, local: LocalModels?) {
        self.server = server
        self.local = local
    }

    package var current: ActiveRoutes { state.withLock(\.current) }

    /// Serves from this table from the next request on.
    package func adopt(_ routes: ActiveRoutes) async throws {
        try await server.swap(to: routes)
        let now = ContinuousClock.now
        state.withLock { state in
            let longest = state.current.endpoints.map(\.deadline.nanoseconds).max() ?? 0
            state.retired.append((state.current, now + .nanoseconds(longest)))
            state.current = routes
            state.askedUpTo = local?.asked ?? 0
        }
    }

    /// Gives up the versions that no table needs any more.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while Task.isCancelled == false {
                await self.forgetRetired(at: .now)
                try? await Task.sleep(for: .milliseconds(Self.lookMilliseconds))
            }
        }
    }

    private func forgetRetired(at now: ContinuousClock.Instant) async {
        let (needed, askedUpTo): ([ActiveVersion]?, Int) = state.withLock { state in
            let count = state.retired.count
            state.retired.removeAll { $0.until <= now }
            guard state.retired.count < count else { return (nil, 0) }
            return (state.current.versions + state.retired.flatMap(\.routes.versions), state.askedUpTo)
        }
        if let needed { await local?.keepOnly(needed, askedUpTo: askedUpTo) }
    }
}
