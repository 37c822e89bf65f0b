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

@Suite("Rollout service", .timeLimit(.minutes(2)))
struct RolloutServiceTests {
    @Test("a rollout that goes well ends with the new champion, the old one archived, alias, slots and routes alike")
    func wholeWay() async throws {
        try await RolloutBench.run { bench in
            let rollout = try await bench.start()
            #expect(rollout.machine.percent == 5)
            #expect(try await bench.shop.stage(bench.two, of: bench.model) == .production)
            #expect(try await bench.shop.champion(of: bench.model) == bench.one)
            #expect(try await bench.shop.holder(of: rollout.challengerSlot) == bench.two)
            // Whoever loads Production's version by its stage gets the champion.
            let name = bench.model.text
            let latest = try await bench.serving.store.read { tx in try tx.latestSummaries(of: [name])[name] ?? [] }
            #expect(latest.first { $0.stage == "Production" }?.number == 1)
            let summary = try await bench.serving.store.read { tx in try tx.requiredSummary(of: ModelName(name)) }
            #expect(summary.latest.map(\.number) == [1])
            #expect(try await bench.serving.store.read { tx in try tx.newestSummary(of: ModelName(name)).number } == 2)
            let first = try #require(try await bench.serving.route()?.split)
            #expect((first.buckets, first.challenger.version, first.id) == (5_000, 2, rollout.id))
            var seen: [Int] = [5]
            for _ in 0..<60 {
                let now = try await bench.measure(rollout)
                if now.machine.percent != seen.last {
                    seen.append(now.machine.percent)
                    #expect(try await bench.serving.route()?.split?.buckets == 100_000)
                }
            }
            #expect(seen == [5, 100])
            #expect(try await bench.shop.champion(of: bench.model) == bench.two)
            #expect(try await bench.shop.stage(bench.one, of: bench.model) == .archived)
            #expect(try await bench.shop.holder(of: rollout.challengerSlot) == nil)
            let route = try #require(try await bench.serving.route())
            #expect((route.champion.version, route.lastKnownGood?.version) == (2, 1))
            #expect(route.split == nil)
            let events = try await bench.serving.store.read { tx in try tx.events(ofRollout: rollout.id) }
            #expect(events.filter { $0.what != "looked" }.map(\.what) == ["started", "advanced", "baking", "promoted"])
            let entry = try await bench.shop.lastEntry(.rolloutPromoted)
            #expect(entry.facts["rollout"] == .string(rollout.id) && entry.facts["displaced"] == [1])
            #expect(try await bench.shop.log(AuditFilter(action: .rolloutPromoted)).count == 1)
        }
    }

    @Test("a version that fails is taken back in one transaction with its route, and its bytes need a new review")
    func failure() async throws {
        try await RolloutBench.run { bench in
            let rollout = try await bench.start()
            try await bench.measure(rollout)
            let before = bench.shop.store.writes
            let over = try await bench.measure(rollout, errors: 30)
            // One for the batch, one for the look.
            #expect(bench.shop.store.writes == before + 2)
            #expect(over.machine.phase == .rolledBack && over.endedAt != nil)
            #expect(try await bench.shop.stage(bench.two, of: bench.model) == .archived)
            #expect(try await bench.shop.champion(of: bench.model) == bench.one)
            let route = try #require(try await bench.serving.route())
            #expect(route.champion.version == 1 && route.split == nil)
            let entry = try await bench.shop.lastEntry(.rolloutRolledBack)
            #expect(entry.principal == RolloutService.principal)
            #expect(entry.facts["percent_before"] == 5 && entry.facts["percent"] == 0)
            #expect(entry.facts["checks"]?.arrayValue?.contains { $0["name"] == "error_rate" && $0["rows"] == 120 } == true)
            let told = try await bench.shop.store.read { tx in
                try tx.timesRolledBack(try tx.requiredVersion(bench.two, of: bench.model))
            }
            #expect(told.map(\.rollout) == [rollout.id] && told.first?.by == RolloutService.principal)
            #expect(told.first?.auditSequence == entry.sequence && told.first?.to == bench.one)
            #expect(says(told.first?.because, "requests failed, more than"))
            // Late measurements change nothing.
            #expect(try await bench.measure(rollout, errors: 30) == over)
            #expect(try await bench.serving.store.read { tx in try tx.hasMeasurements(ofRollout: rollout.id) } == false)

            _ = try await bench.shop.move(bench.two, of: bench.model, to: .staging)
            _ = try await bench.start()
            let again = try await bench.shop.lastEntry(.transitionGranted).facts["missing"]?.arrayValue ?? []
            #expect(again.contains { says($0.stringValue, "since these bytes were rolled back here") })
        }
    }

    @Test(
        "under a policy that enforces, bytes that were rolled back do not come again without a review, even if it asks for none",
        arguments: ["", "\nreview: {required: 0}"])
    func blocked(_ review: String) async throws {
        try await RolloutBench.run { bench in
            let rollout = try await bench.start()
            try await bench.bring(rollout, to: .rolledBack)
            _ = try await bench.shop.move(bench.two, of: bench.model, to: .staging)
            try await bench.shop.policy(Rules.text(more: RolloutBench.plan + review))
            let error = try await expectFailure(.blockedByPolicy) { try await bench.start() }
            let missing = try #require(error.details.first { says($0, "since these bytes were rolled back here") })
            #expect(says(missing, "1 approval by a reviewer"))
            #expect(try await bench.serving.store.read { tx in try tx.openRollout(in: bench.slot) } == nil)
            let needed = try await bench.serving.store.read { tx in
                let inForce = try bench.serving.transitions.policies.policy(for: bench.model, tx)
                return try [bench.two, bench.one].map {
                    try tx.reviewersRequired(for: tx.requiredVersion($0, of: bench.model), in: bench.slot, under: inForce)
                }
            }
            #expect(needed == (review.isEmpty ? [1, 1] : [1, 0]))
        }
    }

    @Test(
        "one command ends a rollout in every state, also in the next process",
        arguments: [RolloutMachine.Phase.pending, .observing, .held, .needsHuman, .baking])
    func everyState(_ phase: RolloutMachine.Phase) async throws {
        try await RolloutBench.run { bench in
            let rollout = try await bench.start()
            if phase != .pending { try await bench.measure(rollout) }
            try await bench.bring(rollout, to: phase)
            let over = try await bench.restarted.order(.rollBack, rollout.id, by: bench.shop.caller(.operator), reason: "smoke")
            #expect(over.machine.phase == .rolledBack)
            let route = try #require(try await bench.serving.route())
            #expect(route.champion.version == 1 && route.split == nil)
            #expect(try await bench.shop.stage(bench.two, of: bench.model) == .archived)
            let again = try await bench.restarted.order(.rollBack, rollout.id, by: bench.shop.caller, reason: "again")
            #expect(again == over)
            #expect(try await bench.shop.log(AuditFilter(action: .rolloutRolledBack)).count == 1)
        }
    }

    @Test("hold, resume, advance and rollback take their roles and are recorded with their reasons, which facts do not repeat")
    func orders() async throws {
        try await RolloutBench.run { bench in
            let (rollouts, shop) = (bench.rollouts, bench.shop)
            let id = try await bench.start().id
            for order in RolloutService.Order.allCases {
                try await expectFailure(.forbidden) { try await rollouts.order(order, id, by: shop.caller(.viewer), reason: "x") }
            }
            let onCall = shop.caller(.operator)
            #expect(try await rollouts.order(.hold, id, by: onCall, reason: "").machine.phase == .held)
            #expect(try await rollouts.order(.hold, id, by: onCall, reason: "").machine.phase == .held)
            try await expectFailure(.forbidden) { try await rollouts.order(.resume, id, by: onCall, reason: "") }
            try await expectFailure(.forbidden) { try await rollouts.order(.advance, id, by: onCall, reason: "now") }
            let manager = shop.caller(.productionManager)
            #expect(try await rollouts.order(.resume, id, by: manager, reason: "").machine.phase == .observing)
            try await expectFailure(.invalidArgument) { try await rollouts.order(.rollBack, id, by: onCall, reason: " ") }
            try await expectFailure(.invalidArgument) { try await rollouts.order(.advance, id, by: manager, reason: "") }
            try await expectFailure(.notFound) { try await rollouts.order(.hold, "rol_none", by: manager, reason: "") }
            let over = try await rollouts.order(.rollBack, id, by: onCall, reason: "Ada smells smoke")
            #expect(over.machine.verdict.reason == "by command")
            let entry = try await shop.lastEntry(.rolloutRolledBack)
            #expect(entry.reason == "Ada smells smoke" && entry.principal == shop.ada)
            #expect(!entry.facts.canonicalText.contains("smoke"))
            #expect(try await shop.log(AuditFilter(action: .rolloutHeld)).count == 1)
            try await expectFailure(.conflict) { try await rollouts.order(.advance, id, by: manager, reason: "too late") }
        }
    }

    @Test("nothing but waiting asks a human in the end, and never raises the share")
    func waiting() async throws {
        try await RolloutBench.run { bench in
            let rollout = try await bench.start()
            let writes = bench.shop.store.writes
            for _ in 0..<5 { _ = try await bench.rollouts.look(rollout.id) }
            // The first look writes that nothing is known; the others have nothing to write.
            #expect(bench.shop.store.writes <= writes + 1)
            for _ in 0..<30 {
                bench.shop.clock.advance(by: .seconds(300))
                _ = try await bench.rollouts.look(rollout.id)
                #expect(try await bench.found(rollout).machine.percent == 5)
            }
            #expect(try await bench.found(rollout).machine.phase == .needsHuman)
            #expect(try await bench.shop.log(AuditFilter(action: .rolloutNeedsHuman)).count == 1)
        }
    }

    @Test("a look that cannot be written leaves everything as it was, and is made again", arguments: WatchedStore.Moment.allCases)
    func fault(_ moment: WatchedStore.Moment) async throws {
        try await RolloutBench.run { bench in
            let rollout = try await bench.start()
            try await bench.bring(rollout, to: .baking)
            bench.shop.clock.advance(by: .seconds(5))
            var window = bench.window(rollout, .challenger, rollout.version, rollout.digest)
            (window.requests, window.errors) = (60, 30)
            try await bench.ship([.window(window)])
            bench.shop.store.arm(WatchedStore.Fault(write: 1, moment: moment, isLasting: false))
            await #expect(throws: (any Error).self) { _ = try await bench.rollouts.look(rollout.id) }
            bench.shop.store.arm(nil)
            // Slot and table agree, whether or not the writer was told.
            let isSplit = try await bench.serving.route()?.split != nil
            let holder = try await bench.shop.holder(of: rollout.challengerSlot)
            #expect(isSplit == (holder != nil))
            _ = try await bench.restarted.look(rollout.id)
            #expect(try await bench.found(rollout).machine.phase == .rolledBack)
            #expect(try await bench.shop.log(AuditFilter(action: .rolloutRolledBack)).count == 1)
        }
    }

    @Test("two servers that look at once decide once")
    func twice() async throws {
        try await RolloutBench.run { bench in
            let rollout = try await bench.start()
            bench.shop.clock.advance(by: .seconds(5))
            var window = bench.window(rollout, .challenger, rollout.version, rollout.digest)
            (window.requests, window.errors) = (60, 30)
            try await bench.ship([.window(window)])
            let (one, other) = (bench.rollouts, bench.restarted)
            async let first = one.look(rollout.id)
            async let second = other.look(rollout.id)
            _ = try await (first, second)
            #expect(try await bench.shop.log(AuditFilter(action: .rolloutRolledBack)).count == 1)
        }
    }
}
