import Access
import AuditLog
import GatehouseCore
import Registry
import Rollouts
import Serving
import Statistics
import Storage
import Testing

@testable import Promotions

/// A slot with a champion, v1, an endpoint that serves it, and v2 in Staging under a policy that only warns. What gateways
/// measure comes in as they ship it.
struct RolloutBench {
    static let plan = """
        rollout: {steps: [5, 100], step_min_duration: 60s, step_min_requests: 100, step_max_duration: 10m, bake: 60s, \
        rollback_on: {error_rate: 0.01, outcome_drop: 0.5}}
        """
    static let planWithoutOutcomes = plan.replacing(", outcome_drop: 0.5", with: "")

    let serving: ServingBench
    let rollouts: RolloutService
    let one: VersionNumber
    let two: VersionNumber

    var shop: Workshop { serving.shop }
    var model: ModelName { serving.model }
    var slot: Slot { Slot(model: model) }

    static func run(
        plan: String = planWithoutOutcomes, versions: Int = 2, _ body: (RolloutBench) async throws -> Void
    ) async throws {
        try await ServingBench.run(versions: versions) { serving in
            let shop = serving.shop
            try await serving.apply(serving.endpoint { $0.unit = .header("x-customer") })
            try await serving.produce(1)
            try await shop.dataset()
            try await shop.policy(Rules.text(enforcement: "warn", more: plan))
            for version in 2...versions {
                _ = try await shop.move(serving.number(Int64(version)), of: serving.model, to: .staging)
            }
            let bench = RolloutBench(
                serving: serving, rollouts: serving.serving.rollouts, one: try serving.number(1), two: try serving.number(2))
            try await body(bench)
        }
    }

    func start() async throws -> Rollout { try await rollouts.start(model, two, by: shop.caller, reason: "test") }

    /// The service as another process has it.
    var restarted: RolloutService {
        let transitions = serving.transitions
        return RolloutService(
            TransitionService(
                store: transitions.store, policies: transitions.policies, attestor: transitions.attestor, now: transitions.now,
                ids: transitions.ids))
    }

    func found(_ rollout: Rollout) async throws -> Rollout {
        try await serving.store.read { tx in try tx.requiredRollout(rollout.id) }
    }

    /// Five seconds later a gateway ships one second of traffic, and the rollout is looked at.
    @discardableResult
    func measure(
        _ rollout: Rollout, champion: Int = 500, challenger: Int = 60, errors: Int = 0, outcomes: RolloutOutcomes? = nil,
        exposures: [Exposure] = []
    ) async throws -> Rollout {
        shop.clock.advance(by: .seconds(5))
        var (beside, new) = (
            window(rollout, .champion, rollout.champion, rollout.championDigest),
            window(rollout, .challenger, rollout.version, rollout.digest)
        )
        (beside.requests, new.requests, new.errors) = (champion, challenger, errors)
        try await ship([beside, new].filter { $0.requests > 0 }.map { .window($0) } + exposures.map { .exposure($0) })
        _ = try await restarted.look(rollout.id, outcomes: outcomes)
        return try await found(rollout)
    }

    /// One second, unless it began at another time.
    func window(
        _ rollout: Rollout, _ arm: ArmName, _ version: VersionNumber, _ digest: Digest, from: Timestamp? = nil
    ) -> ArmWindow {
        let now = shop.clock.now
        var window = ArmWindow(
            endpoint: "credit", segment: "default", split: rollout.id, arm: arm, version: version.value, digest: digest,
            from: from ?? now.adding(.seconds(-1)))
        window.toMilliseconds = now.milliseconds
        return window
    }

    func exposure(_ rollout: Rollout, _ unit: String, _ arm: ArmName) -> Exposure {
        let isNew = arm == .challenger
        return Exposure(
            requestID: "\(unit)-\(shop.clock.now.milliseconds)", endpoint: "credit", segment: "default", split: rollout.id,
            arm: arm, reason: .assigned, unitHash: ServingBench.recordKey.hash(unit: unit.utf8),
            assignedVersion: (isNew ? rollout.version : rollout.champion).value,
            served: ServedVersion(
                version: isNew ? rollout.version : rollout.champion, digest: isNew ? rollout.digest : rollout.championDigest,
                upstream: .native),
            at: shop.clock.now, latencyMicroseconds: 900, status: 200)
    }

    /// Batches are numbered by the time.
    func ship(_ records: [ServingRecord], from gateway: String = "gw") async throws {
        _ = try await serving.serving.intake.take(
            records.flatMap(\.line), from: gateway, number: shop.clock.now.since(Workshop.start).milliseconds + 1)
    }

    /// The rollout in a phase, on the shortest way there.
    func bring(_ rollout: Rollout, to phase: RolloutMachine.Phase) async throws {
        switch phase {
        case .pending, .observing: break
        case .held: _ = try await rollouts.order(.hold, rollout.id, by: shop.caller, reason: "")
        case .needsHuman:
            shop.clock.advance(by: .seconds(3_600))
            _ = try await rollouts.look(rollout.id)
        case .baking:
            for _ in 0..<2 { _ = try await rollouts.order(.advance, rollout.id, by: shop.caller, reason: "test") }
        case .promoted:
            for _ in 0..<3 { _ = try await rollouts.order(.advance, rollout.id, by: shop.caller, reason: "test") }
        case .rolledBack: _ = try await rollouts.order(.rollBack, rollout.id, by: shop.caller, reason: "test")
        }
        #expect(try await found(rollout).machine.phase == (phase == .pending ? .observing : phase))
    }
}
