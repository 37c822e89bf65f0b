import GatehouseCore
package import Logging
import Rollouts
import ServiceLifecycle
import Storage

/// Looks at the rollouts that go on, every second. What several servers do at once is done once: a look locks the row.
package struct RolloutWatch: Service {
    /// Outcomes come late and cost more to gather than everything else.
    private static let outcomesEverySeconds: Int64 = 30
    private static let retryAfter: Duration = .seconds(15)

    private struct Gathered {
        let at: Timestamp
        let step: Int
        let outcomes: RolloutOutcomes?
    }

    private let rollouts: RolloutService
    private let logger: Logger
    private let interval: Duration

    package init(_ rollouts: RolloutService, logger: Logger, interval: Duration = .seconds(1)) {
        self.rollouts = rollouts
        self.logger = logger
        self.interval = interval
    }

    package func run() async throws {
        var gathered: [String: Gathered] = [:]
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                gathered = try await look(gathered)
                await pause(interval)
            } catch {
                logger.error("rollouts not looked at", metadata: ["error": "\(error)"])
                await pause(Self.retryAfter)
            }
        }
    }

    private func pause(_ duration: Duration) async {
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
    }

    /// One look at every rollout that goes on. One that fails does not keep the others from being looked at.
    private func look(_ known: [String: Gathered]) async throws -> [String: Gathered] {
        let open = try await rollouts.transitions.store.read { tx in try tx.rollouts(onlyOpen: true) }
        var gathered: [String: Gathered] = [:]
        var failure: (any Error)?
        for rollout in open {
            do {
                let current = try await outcomes(of: rollout, known[rollout.id])
                gathered[rollout.id] = current
                _ = try await rollouts.look(rollout.id, outcomes: current.outcomes)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return gathered
    }

    private func outcomes(of rollout: Rollout, _ known: Gathered?) async throws -> Gathered {
        let (now, step) = (rollouts.transitions.now(), rollout.machine.step)
        if let known, known.step == step, now.since(known.at) < .seconds(Self.outcomesEverySeconds) { return known }
        return Gathered(at: now, step: step, outcomes: try await rollouts.outcomes(of: rollout))
    }
}
