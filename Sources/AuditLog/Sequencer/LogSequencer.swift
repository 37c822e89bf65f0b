import GatehouseCore
package import Logging
import ServiceLifecycle
import Storage

/// Integrates what was committed, within a quarter of a second, as long as the server runs; and once more at its end.
package struct LogSequencer: Service {
    /// How often the count of commits is looked at. That costs an atomic load; only a change costs a query.
    static let tick = Duration.milliseconds(200)
    /// How long after a failure of disk or database it is tried again.
    static let retryAfter = Duration.seconds(5)

    private let opening: LogOpening
    private let opened: LogIntegrator
    private let logger: Logger

    /// Opens the log: before the server takes requests, as it may have to refuse. Fails as `LogOpening.open` does.
    package init(_ opening: LogOpening, logger: Logger) async throws {
        self.opening = opening
        opened = try await opening.open()
        self.logger = logger
    }

    package func run() async throws {
        var integrator: LogIntegrator? = opened
        var seen: UInt64?
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let commits = opening.store.commitCount
            if integrator == nil || commits == nil || commits != seen {
                try await catchUp(&integrator)
                // Its own record was a commit too. What came in between is found at the next change, or at the end.
                seen = commits
            }
            let pause = integrator == nil ? Self.retryAfter : Self.tick
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
        try await catchUp(&integrator)
    }

    /// Leaves nil where disk or database failed, so that the log is opened anew. Fails only where going on would be wrong: the
    /// bytes are not what they were, or another server has taken over.
    private func catchUp(_ integrator: inout LogIntegrator?) async throws {
        do {
            if integrator == nil { integrator = try await opening.open() }
            while let count = try await integrator?.integrate(), count > 0 {}
        } catch let error as GatehouseError where error.code == .integrity || error.code == .conflict {
            logger.critical("the audit log is stopped, and the server with it", metadata: ["error": "\(error)"])
            throw error
        } catch {
            logger.error("audit entries not integrated yet", metadata: ["error": "\(error)"])
            integrator = nil
        }
    }
}
