package import GatehouseCore
import Glibc
import Statistics

/// Drives the real machine through simulated windows under a clock of its own.
package struct RolloutSimulator: Sendable {
    /// What one run came to.
    package struct Run: Sendable, Equatable {
        package let phase: RolloutMachine.Phase
        package let percent: Int
        package let reason: String
        /// Since the start; nil: the rollout was not over when the time was.
        package let endedAfterSeconds: Int?
        /// From the moment the version turned bad until it was rolled back; nil: it was not, or it was before.
        package let detectionSeconds: Int?
        /// Rolled back though nothing was wrong with it yet.
        package let isFalseRollback: Bool
        package let requests: Int
        /// Requests that the version harmed, and those it would have harmed with all traffic until the end.
        package let harmed: Int
        package let harmedByDoingNothing: Int
        /// Seconds after the start at which each weight began.
        package let steps: [Step]
    }

    package struct Step: Sendable, Equatable {
        package let percent: Int
        package let atSeconds: Int
    }

    package let plan: RolloutPlan
    package let scenario: RolloutScenario

    package init(plan: RolloutPlan, scenario: RolloutScenario) throws(GatehouseError) {
        try plan.check()
        guard scenario.windowSeconds >= 1, scenario.days > 0, scenario.days <= RolloutScenario.daysMax,
            scenario.requestsPerSecond >= 0,
            scenario.requestsPerSecond <= 1e6, (0...1).contains(scenario.dailySwing), scenario.requestsPerUnit >= 1
        else {
            throw GatehouseError(
                .invalidArgument, "A simulation has 0 to 365 days and 0 to 1,000,000 requests per second.",
                hint: "Windows last a second or more; the daily swing lies between 0 and 1.")
        }
        self.plan = plan
        self.scenario = scenario
    }

    /// The same seed gives the same run. Fails as the machine does, which is never for a plan that was checked.
    package func run(seed: UInt64) throws(GatehouseError) -> Run {
        var random = SeededGenerator(seed: seed)
        var machine = try RolloutMachine(plan: plan)
        var steps: [Step] = []
        if case .start(let percent) = try machine.started(at: Timestamp(milliseconds: 0)) {
            steps.append(Step(percent: percent, atSeconds: 0))
        }
        let end = Int(scenario.days * 86_400)
        var (requests, harmed, nothing) = (0, 0.0, 0.0)
        var ended: Int?
        var (championOutcomes, challengerOutcomes) = (Moments(), Moments())
        for start in stride(from: 0, to: end, by: scenario.windowSeconds) {
            let until = start + scenario.windowSeconds
            let count = Draws.poisson(rate(at: start) * Double(scenario.windowSeconds), &random)
            let decay = scenario.decay.flatMap { start >= $0.fromSeconds ? $0 : nil }
            requests += count
            nothing += Double(count) * harm(decay)
            guard ended == nil else { continue }
            let share = Double(machine.percent) / 100
            let ours = Draws.binomial(count, share, &random)
            harmed += Double(ours) * harm(decay)
            var window = RolloutWindow(
                from: Timestamp(milliseconds: Int64(start) * 1000), to: Timestamp(milliseconds: Int64(until) * 1000),
                champion: sample(count - ours, nil, &random), challenger: sample(ours, decay, &random))
            addUnits(&window, share, at: start, &random)
            let outcomes = addOutcomes(window, decay, &championOutcomes, &challengerOutcomes, &random)
            switch machine.observed(window, outcomes: outcomes, at: Timestamp(milliseconds: Int64(until) * 1000)) {
            case .none, .hold, .resume: break
            case .bake: (championOutcomes, challengerOutcomes) = (Moments(), Moments())
            case .start(let percent), .advance(let percent):
                steps.append(Step(percent: percent, atSeconds: until))
                (championOutcomes, challengerOutcomes) = (Moments(), Moments())
            case .promote where scenario.decay == nil, .rollBack, .askHuman: ended = until
            // The version stays; what it harms from now on is what nobody watches any more.
            case .promote: break
            }
        }
        return result(machine, ended, requests, harmed, nothing, steps)
    }

    private func result(
        _ machine: RolloutMachine, _ ended: Int?, _ requests: Int, _ harmed: Double, _ nothing: Double, _ steps: [Step]
    ) -> Run {
        let bad = scenario.decay?.fromSeconds
        let isRolledBack = machine.phase == .rolledBack
        let detection = ended.flatMap { end in bad.flatMap { isRolledBack && end >= $0 ? end - $0 : nil } }
        return Run(
            phase: machine.phase, percent: machine.percent, reason: machine.verdict.reason, endedAfterSeconds: ended,
            detectionSeconds: detection,
            isFalseRollback: isRolledBack && (bad.map { (ended ?? 0) <= $0 } ?? true), requests: requests,
            harmed: Int(harmed.rounded()), harmedByDoingNothing: Int(nothing.rounded()), steps: steps)
    }

    private func rate(at second: Int) -> Double {
        let hour = 2 * Double.pi * Double(second % 86_400) / 86_400
        return scenario.requestsPerSecond * (1 - scenario.dailySwing * cos(hour))
    }

    /// Share of the version's requests that go wrong because it turned bad.
    private func harm(_ decay: RolloutScenario.Decay?) -> Double {
        guard let decay else { return 0 }
        let kinds = [decay.errorRate - scenario.errorRate, (decay.slowShare ?? 0) - scenario.slowShare, -decay.outcomeShift]
        return decay.segmentShare * max(0, kinds.max() ?? 0)
    }

    private func sample(_ count: Int, _ decay: RolloutScenario.Decay?, _ random: inout SeededGenerator) -> ArmSample {
        var sample = ArmSample()
        let bad = decay.map { Draws.binomial(count, $0.segmentShare, &random) } ?? 0
        sample.rates.requests = count
        sample.rates.errors = Draws.binomial(count - bad, scenario.errorRate, &random)
        sample.rates.rejected = Draws.binomial(count - sample.rates.errors, scenario.rejectedRate, &random)
        sample.rates.timed = count
        sample.rates.slow = Draws.binomial(count - bad, scenario.slowShare, &random)
        if let decay {
            sample.rates.errors += Draws.binomial(bad, decay.errorRate, &random)
            sample.rates.slow += Draws.binomial(bad, decay.slowShare ?? scenario.slowShare, &random)
        }
        let answers = max(0, count - sample.rates.errors - sample.rates.rejected)
        sample.rates.answers = answers
        sample.rates.badOutputs = Draws.binomial(answers, scenario.badOutputShare, &random)
        sample.predictions = Draws.multinomial(answers - sample.rates.badOutputs, scenario.predictions, &random)
        if answers > 1 { (sample.smallest, sample.largest) = (0.01, 0.99) }
        return sample
    }

    /// Units are new on their first request of a day; the split gives each arm its share of them.
    private func addUnits(_ window: inout RolloutWindow, _ share: Double, at second: Int, _ random: inout SeededGenerator) {
        guard share < 1 else { return }
        let total = window.champion.rates.requests + window.challenger.rates.requests
        let units = Draws.binomial(total, 1 / scenario.requestsPerUnit, &random)
        window.challenger.newUnits = Draws.binomial(units, share, &random)
        window.champion.newUnits = units - window.challenger.newUnits
    }

    private func addOutcomes(
        _ window: RolloutWindow, _ decay: RolloutScenario.Decay?, _ champion: inout Moments, _ challenger: inout Moments,
        _ random: inout SeededGenerator
    ) -> RolloutOutcomes? {
        guard let rate = scenario.outcomeRate else { return nil }
        let worse = decay.map { $0.segmentShare * $0.outcomeShift } ?? 0
        champion = champion.merged(with: outcomes(window.champion.newUnits, rate, &random))
        challenger = challenger.merged(with: outcomes(window.challenger.newUnits, min(1, max(0, rate + worse)), &random))
        return RolloutOutcomes(champion: champion, challenger: challenger)
    }

    private func outcomes(_ units: Int, _ rate: Double, _ random: inout SeededGenerator) -> Moments {
        ArmCounts(successes: Draws.binomial(units, rate, &random), trials: units).map { Moments($0) } ?? Moments()
    }
}
