import GatehouseCore
import Registry
import Rollouts
import Serving
import Statistics
import Storage
import Testing

@testable import Promotions

@Suite("What a rollout measures", .timeLimit(.minutes(2)))
struct RolloutMeasurementTests {
    @Test("a batch counts once, and what is of other bytes or before the step is left out")
    func counted() async throws {
        try await RolloutBench.run { bench in
            let rollout = try await bench.start()
            bench.shop.clock.advance(by: .seconds(5))
            let number = bench.shop.clock.now.since(Workshop.start).milliseconds
            var window = bench.window(rollout, .challenger, rollout.version, rollout.digest)
            window.requests = 7
            var stranger = bench.window(rollout, .challenger, rollout.version, rollout.championDigest)
            stranger.requests = 1_000
            var early = bench.window(
                rollout, .challenger, rollout.version, rollout.digest, from: rollout.openedAt.adding(.milliseconds(-1)))
            early.requests = 1_000
            let batch = [window, stranger, early].flatMap { ServingRecord.window($0).line }
            for _ in 0..<3 { _ = try await bench.serving.serving.intake.take(batch, from: "gw", number: number) }
            _ = try await bench.rollouts.look(rollout.id)
            let machine = try await bench.found(rollout).machine
            #expect(machine.counts.challenger.rates.requests == 7)
            #expect(machine.leftOut == 2)
            // What several gateways shipped before one look is one look.
            window.requests = 11
            for gateway in ["a", "b"] { try await bench.ship([.window(window)], from: gateway) }
            _ = try await bench.rollouts.look(rollout.id)
            #expect(try await bench.found(rollout).machine.counts.challenger.rates.requests == 29)
        }
    }

    @Test("arms that get other shares of new units than they should are noticed, once gateways had time to settle")
    func sampleRatio() async throws {
        try await RolloutBench.run { bench in
            let rollout = try await bench.start()
            bench.shop.clock.advance(by: .seconds(1))
            let early = (0..<50).map { bench.exposure(rollout, "early-\($0)", .challenger) }
            try await bench.ship(early.map { .exposure($0) })
            // 5 % should be new; half are. Those of the first seconds stay out, also when they come again.
            bench.shop.clock.advance(by: .seconds(5))
            let again = (0..<50).map { bench.exposure(rollout, "early-\($0)", .challenger) }
            let late = (0..<100).map { bench.exposure(rollout, "unit-\($0)", $0 < 50 ? .challenger : .champion) }
            let now = try await bench.measure(rollout, exposures: again + late)
            #expect(now.machine.counts.challenger.newUnits == 50)
            #expect(now.machine.counts.champion.newUnits == 50)
            let check = try #require(now.checks(outcomes: nil).first { $0.name == .sampleRatio })
            #expect(check.verdict == .inconclusive)
        }
    }

    @Test("outcomes are of the units of this step, each by the arm that it was given")
    func outcomes() async throws {
        let plan = RolloutBench.plan.replacing("rollback_on:", with: "outcome: {label: repaid, better: lower}, rollback_on:")
        try await RolloutBench.run(plan: plan) { bench in
            let rollout = try await bench.start()
            #expect(!rollout.machine.plan.limits.outcomeHigherIsBetter)
            var outcomes: [Outcome] = []
            bench.shop.clock.advance(by: .seconds(10))
            for index in 0..<30 {
                let arm: ArmName = index % 3 == 0 ? .challenger : .champion
                let exposure = bench.exposure(rollout, "unit-\(index)", arm)
                try await bench.ship([.exposure(exposure)], from: "gw-\(index)")
                let subject: Outcome.Subject =
                    index % 2 == 0
                    ? .request(exposure.requestID)
                    : .unit(hash: ServingBench.recordKey.hash(unit: "unit-\(index)".utf8), window: "2026-01")
                outcomes.append(
                    try Outcome(
                        subject: subject, label: "repaid", value: arm == .challenger ? 1 : Double(index),
                        event: bench.shop.clock.now.adding(.seconds(1))))
            }
            _ = try await bench.serving.serving.outcomes.post(outcomes, of: "credit", by: bench.shop.caller)
            let found = try #require(try await bench.rollouts.outcomes(of: bench.found(rollout)))
            #expect((found.champion.count, found.challenger.count) == (20, 10))
            #expect(found.challenger.mean == 1 && found.challenger.variance == 0)
            // Σ of 0…29 without multiples of 3 is 435 − 135 = 300.
            #expect(abs(found.champion.mean - 15) < 1e-12)
            _ = try await bench.rollouts.order(.advance, rollout.id, by: bench.shop.caller, reason: "next step")
            #expect(try await bench.rollouts.outcomes(of: bench.found(rollout)) == nil)
        }
    }

    @Test("what the steps can see with the traffic of the last hour is said before the first one")
    func power() async throws {
        try await RolloutBench.run { bench in
            var window = ArmWindow(
                endpoint: "credit", segment: "default", split: nil, arm: .champion, version: 1,
                digest: Digest(bytes: [UInt8](repeating: 1, count: 32)), from: bench.shop.clock.now)
            (window.requests, window.errors) = (6_000, 12)
            try await bench.ship([.window(window)])
            bench.shop.clock.advance(by: .seconds(60))
            let rollout = try await bench.start()
            #expect(rollout.power.count == 2)
            #expect(says(rollout.power.first, "100 per second"))
            #expect(says(rollout.power.last, "the 5 % step needs"))
        }
        try await RolloutBench.run { bench in
            let rollout = try await bench.start()
            #expect(says(rollout.power.first, "not known"))
        }
    }
}
