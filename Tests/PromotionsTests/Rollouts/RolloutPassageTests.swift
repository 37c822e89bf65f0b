import Access
import AuditLog
import GatehouseCore
import Registry
import Rollouts
import Serving
import Storage
import Testing

@testable import Promotions

@Suite("Into a slot by a rollout", .timeLimit(.minutes(2)))
struct RolloutPassageTests {
    @Test("a promotion to Production starts the rollout by itself, and asking again changes nothing")
    func promotion() async throws {
        try await RolloutBench.run { bench in
            let promotions = PromotionService(
                EvaluationService(
                    store: bench.serving.store, artifacts: bench.shop.artifacts, evaluator: bench.shop.evaluations.evaluator,
                    transitions: bench.serving.transitions, progress: ProgressBoard(),
                    workDirectory: try WorkDirectory(path: "\(bench.shop.folder)/work"), now: bench.serving.transitions.now,
                    ids: bench.serving.transitions.ids))
            let asked = try await promotions.open(bench.model, bench.two, to: .production, by: bench.shop.caller)
            let open = try #require(try await bench.serving.store.read { tx in try tx.openRollout(in: bench.slot) })
            #expect(asked.state == .approved && says(asked.reason, open.id))
            #expect(open.version == bench.two)
            #expect(try await bench.serving.route()?.champion.version == 1)
            let again = try await promotions.open(bench.model, bench.two, to: .production, by: bench.shop.caller)
            #expect(says(again.reason, "is in Production already"))
            #expect(try await bench.shop.lastEntry(.transitionGranted).facts["rollout"] == .string(open.id))
        }
    }

    @Test("without a plan, a champion or an endpoint a promotion takes the slot at once")
    func atOnce() async throws {
        try await RolloutBench.run { bench in
            try await bench.shop.policy(Rules.text(enforcement: "warn"))
            try await bench.serving.produce(2)
            #expect(try await bench.shop.champion(of: bench.model) == bench.two)
        }
        try await RolloutBench.run { bench in
            try await bench.serving.serving.endpoints.remove("credit", by: bench.shop.caller)
            try await bench.serving.produce(2)
            #expect(try await bench.shop.champion(of: bench.model) == bench.two)
        }
    }

    @Test("an endpoint that does not say where the unit is named cannot divide anybody, and that is said")
    func noUnit() async throws {
        try await RolloutBench.run { bench in
            try await bench.serving.apply(bench.serving.endpoint())
            let error = try await expectFailure(.blockedByPolicy) { try await bench.serving.produce(2) }
            #expect(error.details.contains { says($0, "where the unit is named") })
        }
    }

    @Test("one rollout at a time in a slot; another version, the champion's or the challenger's way out wait for its end")
    func oneAtATime() async throws {
        try await RolloutBench.run(versions: 3) { bench in
            let rollout = try await bench.start()
            let third = try bench.serving.number(3)
            let error = try await expectFailure(.conflict) {
                try await bench.rollouts.start(bench.model, third, by: bench.shop.caller)
            }
            #expect(says(error.message, rollout.id))
            try await expectFailure(.conflict) { try await bench.start() }
            let refused = try await expectFailure(.blockedByPolicy) { try await bench.serving.produce(3) }
            #expect(refused.details.contains { says($0, rollout.id) })
            for version in [bench.one, bench.two] {
                let stays = try await expectFailure(.blockedByPolicy) {
                    try await bench.serving.transitions.transition(
                        TransitionRequest(
                            model: bench.model, version: version, to: .archived, by: bench.shop.caller, reason: "away"))
                }
                #expect(says(stays.hint, "gatehouse rollout status \(rollout.id)"))
            }
            let aliases = AliasService(registry: bench.serving.registry, transitions: bench.serving.transitions)
            try await bench.bring(rollout, to: .rolledBack)
            try await expectFailure(.conflict) {
                try await aliases.set(
                    Alias("champion"), of: bench.model, to: third, reason: "test", by: bench.shop.caller)
            }
            #expect(try await bench.serving.store.read { tx in try tx.openRollout(in: bench.slot) } == nil)
        }
    }

    @Test("a rollout takes a plan, a champion, an endpoint, and the role of a promotion")
    func starting() async throws {
        try await RolloutBench.run { bench in
            let (rollouts, caller) = (bench.rollouts, bench.shop.caller)
            try await expectFailure(.conflict) { try await rollouts.start(bench.model, bench.one, by: caller) }
            try await expectFailure(.forbidden) {
                try await rollouts.start(bench.model, bench.two, by: bench.shop.caller(.stagingManager))
            }
            let elsewhere = Slot(model: bench.model, environment: "test")
            let empty = try await expectFailure(.conflict) {
                try await rollouts.start(bench.model, bench.two, in: elsewhere, by: caller)
            }
            #expect(says(empty.message, "nothing to take over from"))
            try await expectFailure(.notFound) { try await rollouts.start(bench.model, bench.serving.number(9), by: caller) }
            try await bench.shop.policy(Rules.text(enforcement: "warn"))
            let planless = try await expectFailure(.conflict) { try await bench.start() }
            #expect(says(planless.message, "no rollout section"))
        }
    }

    @Test("the plain rollback ends the rollout, leaves the champion, and opens a review after the fact")
    func plainRollback() async throws {
        try await RolloutBench.run { bench in
            let rollout = try await bench.start()
            let request = RollbackRequest(
                slot: bench.slot, to: nil, reason: "it declines everybody", idempotencyKey: "k", by: bench.shop.caller(.operator))
            let service = RollbackService(bench.serving.transitions)
            let review = try await service.rollBack(request)
            #expect(review.version == bench.one && review.previous == bench.two)
            #expect(try await bench.found(rollout).machine.phase == .rolledBack)
            #expect(try await bench.shop.holder(of: bench.slot) == bench.one)
            #expect(try await bench.shop.stage(bench.two, of: bench.model) == .archived)
            #expect(try await service.rollBack(request) == review)
            #expect(try await bench.shop.log(AuditFilter(action: .rollbackPerformed)).isEmpty)
            // The rollout and the review after the fact are one rollback.
            let told = try await bench.shop.store.read { tx in
                try tx.timesRolledBack(try tx.requiredVersion(bench.two, of: bench.model))
            }
            #expect(told.map(\.because) == ["it declines everybody"] && told.first?.rollout == rollout.id)
        }
    }

    @Test("a rollback further back ends the rollout and moves the slot")
    func rollbackFurther() async throws {
        try await RolloutBench.run(versions: 3) { bench in
            let rollout = try await bench.start()
            try await bench.bring(rollout, to: .promoted)
            #expect(try await bench.shop.champion(of: bench.model) == bench.two)
            let next = try await bench.rollouts.start(bench.model, bench.serving.number(3), by: bench.shop.caller)
            _ = try await RollbackService(bench.serving.transitions).rollBack(
                RollbackRequest(slot: bench.slot, to: bench.one, reason: "both are bad", by: bench.shop.caller))
            #expect(try await bench.found(next).machine.phase == .rolledBack)
            let route = try #require(try await bench.serving.route())
            #expect(route.champion.version == 1 && route.split == nil)
        }
    }

    @Test("one that was rolled back before it ever held the slot comes again by a rollout, not at once")
    func again() async throws {
        try await RolloutBench.run { bench in
            let rollout = try await bench.start()
            try await bench.bring(rollout, to: .rolledBack)
            #expect(try await bench.shop.stage(bench.two, of: bench.model) == .archived)
            try await bench.serving.produce(2)
            #expect(try await bench.shop.holder(of: bench.slot) == bench.one)
            let open = try await bench.serving.store.read { tx in try tx.openRollout(in: bench.slot) }
            #expect(open?.version == bench.two)
        }
    }

    @Test("a rollout whose slot changed behind its back ends at the next look")
    func intrusion() async throws {
        try await RolloutBench.run { bench in
            let rollout = try await bench.start()
            let entry = try await bench.shop.lastEntry(.transitionGranted).sequence
            let now = bench.shop.clock.now
            _ = try await bench.serving.store.write { tx in
                try tx.vacate(rollout.challengerSlot, at: now, auditSequence: entry)
            }
            let over = try #require(try await bench.rollouts.look(rollout.id))
            #expect(over.machine.phase == .rolledBack && says(over.machine.verdict.reason, "left the slot"))
            #expect(try await bench.shop.holder(of: bench.slot) == bench.one)
        }
    }
}
