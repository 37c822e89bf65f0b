import GatehouseCore
import Statistics
import Testing

@testable import Rollouts

@Suite("Rollout simulator")
struct RolloutSimulatorTests {
    private static func plan() -> RolloutPlan {
        var plan = RolloutPlan()
        plan.limits.errorRate = 0.01
        plan.limits.p95Milliseconds = 80
        plan.limits.predictionPSI = 0.25
        return plan
    }

    private static func scenario(days: Double, rate: Double) -> RolloutScenario {
        var scenario = RolloutScenario()
        scenario.days = days
        scenario.requestsPerSecond = rate
        return scenario
    }

    @Test("two versions that are alike end in a promotion")
    func alike() throws {
        let simulator = try RolloutSimulator(plan: Self.plan(), scenario: Self.scenario(days: 2, rate: 100))
        let run = try simulator.run(seed: 1)
        #expect(run.phase == .promoted, "\(run.reason)")
        #expect(run.steps.map(\.percent) == [5, 25, 100])
        #expect(run.harmed == 0)
    }

    @Test("rollbacks of versions that are alike stay below the configured rate")
    func falseRollbacks() throws {
        var plan = Self.plan()
        (plan.stepMinSeconds, plan.stepMinRequests, plan.bakeSeconds) = (600, 500, 600)
        plan.falseRollbackRate = 0.05
        // At the limits, where the test is hardest.
        var scenario = Self.scenario(days: 0.1, rate: 200)
        (scenario.errorRate, scenario.slowShare) = (0.01, 0.05)
        let simulator = try RolloutSimulator(plan: plan, scenario: scenario)
        let seeds = 200
        let rolledBack = try (0..<seeds).filter { try simulator.run(seed: UInt64($0)).phase == .rolledBack }.count
        #expect(Double(rolledBack) / Double(seeds) <= plan.falseRollbackRate)
    }

    @Test("a segment that turns bad is found at every weight, sooner with more traffic", arguments: [5, 25, 100])
    func badSegment(percent: Int) throws {
        var plan = Self.plan()
        plan.steps = percent == 100 ? [100] : [percent, 100]
        plan.stepMinSeconds = 7 * 86_400
        plan.stepMaxSeconds = 8 * 86_400
        var scenario = Self.scenario(days: 1, rate: 1_000)
        var decay = RolloutScenario.Decay()
        decay.fromSeconds = 43_200
        scenario.decay = decay
        let run = try RolloutSimulator(plan: plan, scenario: scenario).run(seed: 3)
        #expect(run.phase == .rolledBack)
        #expect(!run.isFalseRollback)
        let detection = try #require(run.detectionSeconds)
        #expect(detection <= 300)
        #expect(run.harmed * 20 < run.harmedByDoingNothing)
    }

    @Test("the same seed gives the same run, another seed another one")
    func seeds() throws {
        let simulator = try RolloutSimulator(plan: Self.plan(), scenario: Self.scenario(days: 0.2, rate: 50))
        #expect(try simulator.run(seed: 9) == simulator.run(seed: 9))
        #expect(try simulator.run(seed: 9).requests != simulator.run(seed: 10).requests)
    }

    @Test(
        "binomial draws have the mean and the variance of their law",
        arguments: [(20, 0.1), (1000, 0.002), (5000, 0.3), (400, 0.9)])
    func binomial(n: Int, p: Double) {
        var random = SeededGenerator(seed: 5)
        let draws = Moments((0..<20_000).map { _ in Double(Draws.binomial(n, p, &random)) })
        let (mean, variance) = (Double(n) * p, Double(n) * p * (1 - p))
        #expect(abs(draws.mean - mean) < 5 * (variance / 20_000).squareRoot())
        #expect(abs((draws.variance ?? 0) / variance - 1) < 0.06)
    }

    @Test("binomial draws follow the distribution function, not only its moments")
    func binomialLaw() {
        var random = SeededGenerator(seed: 6)
        let (n, p, draws) = (60, 0.4, 50_000)
        let below = (0..<draws).filter { _ in Draws.binomial(n, p, &random) <= 20 }.count
        let expected = Binomial.cdf(20, trials: n, probability: p)
        #expect(abs(Double(below) / Double(draws) - expected) < 5 * (expected * (1 - expected) / Double(draws)).squareRoot())
    }

    @Test("Poisson draws have the mean and the variance of their law", arguments: [0.3, 7.0, 40.0, 5_000.0])
    func poisson(mean: Double) {
        var random = SeededGenerator(seed: 8)
        let draws = Moments((0..<20_000).map { _ in Double(Draws.poisson(mean, &random)) })
        #expect(abs(draws.mean - mean) < 5 * (mean / 20_000).squareRoot())
        #expect(abs((draws.variance ?? 0) / mean - 1) < 0.06)
    }

    @Test("a draw without trials or chance is nothing, and with certainty everything")
    func edges() {
        var random = SeededGenerator(seed: 8)
        #expect(Draws.binomial(0, 0.5, &random) == 0)
        #expect(Draws.binomial(10, 0, &random) == 0)
        #expect(Draws.binomial(10, 1, &random) == 10)
        #expect(Draws.poisson(0, &random) == 0)
        #expect(Draws.multinomial(7, [0.2, 0.3, 0.5], &random).reduce(0, +) == 7)
    }
}
