import Foundation
import GatehouseCore
import Rollouts
import Statistics
import Testing

@Suite("Rollout machine")
struct RolloutMachineTests {
    static func plan() -> RolloutPlan {
        var plan = RolloutPlan()
        plan.stepMinSeconds = 60
        plan.stepMinRequests = 100
        plan.stepMaxSeconds = 600
        plan.bakeSeconds = 60
        plan.limits.errorRate = 0.01
        return plan
    }

    static func time(_ seconds: Int) -> Timestamp { Timestamp(milliseconds: Int64(seconds) * 1000) }

    static func window(
        _ from: Int, seconds: Int = 5, champion: (requests: Int, errors: Int), challenger: (requests: Int, errors: Int)
    ) -> RolloutWindow {
        func sample(_ counts: (requests: Int, errors: Int)) -> ArmSample {
            var sample = ArmSample()
            sample.rates.requests = counts.requests
            sample.rates.errors = counts.errors
            sample.rates.timed = counts.requests
            sample.rates.answers = counts.requests - counts.errors
            return sample
        }
        return RolloutWindow(
            from: time(from), to: time(from + seconds), champion: sample(champion), challenger: sample(challenger))
    }

    /// A machine that has started, and the actions of healthy windows until `seconds`.
    static func healthy(
        _ machine: inout RolloutMachine, from: Int, to: Int, challenger: Int = 50
    ) -> [RolloutMachine.Action] {
        stride(from: from, to: to, by: 5).map { second in
            machine.observed(
                window(second, champion: (500, 0), challenger: (challenger, 0)), at: time(second + 5))
        }.filter { $0 != .none }
    }

    @Test("a healthy version goes through every step and the bake, and only then is the champion")
    func happyPath() throws {
        var machine = try RolloutMachine(plan: Self.plan())
        #expect(machine.percent == 0)
        #expect(try machine.started(at: Self.time(0)) == .start(percent: 5))
        let actions = Self.healthy(&machine, from: 0, to: 1000)
        #expect(actions == [.advance(percent: 25), .advance(percent: 100), .bake, .promote])
        #expect(machine.phase == .promoted)
        #expect(machine.percent == 100)
    }

    @Test("no step ends before its time, however many requests came")
    func minimumTime() throws {
        var machine = try RolloutMachine(plan: Self.plan())
        _ = try machine.started(at: Self.time(0))
        #expect(Self.healthy(&machine, from: 0, to: 60, challenger: 100_000).isEmpty)
        #expect(machine.percent == 5)
    }

    @Test("a step with too few requests of either arm holds, and asks a human when its time is over")
    func tooFew() throws {
        var machine = try RolloutMachine(plan: Self.plan())
        _ = try machine.started(at: Self.time(0))
        var actions: [RolloutMachine.Action] = []
        for second in stride(from: 0, to: 700, by: 5) {
            let window = Self.window(second, champion: (0, 0), challenger: (50, 0))
            actions.append(machine.observed(window, at: Self.time(second + 5)))
        }
        #expect(actions.filter { $0 != .none }.count == 1)
        #expect(machine.phase == .needsHuman)
        #expect(machine.percent == 5)
        #expect(machine.verdict.reason.contains("the champion"))
    }

    @Test("without a single measurement nothing advances for a year")
    func silence() throws {
        var plan = Self.plan()
        plan.whenStepExpires = .askHuman
        plan.stepMaxSeconds = 400 * 86_400
        var machine = try RolloutMachine(plan: plan)
        _ = try machine.started(at: Self.time(0))
        for day in 0..<365 { #expect(machine.waited(until: Self.time(day * 86_400)) == .none) }
        #expect(machine.percent == 5)
        #expect(machine.verdict.kind == .hold)
        #expect(machine.verdict.reason.contains("nothing is known"))
    }

    @Test("a step that has just begun is not called silent")
    func beginning() throws {
        var machine = try RolloutMachine(plan: Self.plan())
        _ = try machine.started(at: Self.time(0))
        #expect(machine.waited(until: Self.time(300)) == .none)
        #expect(machine.verdict.reason == "started with 5 %")
        #expect(machine.waited(until: Self.time(301)) == .none)
        #expect(machine.verdict.reason == "no request of the new version for 300 s: nothing is known")
    }

    @Test("measurements that stop after the minimum keep the step where it is")
    func dataThatStops() throws {
        var machine = try RolloutMachine(plan: Self.plan())
        _ = try machine.started(at: Self.time(0))
        _ = Self.healthy(&machine, from: 0, to: 55)
        for second in stride(from: 60, to: 500, by: 5) {
            let empty = Self.window(second, champion: (500, 0), challenger: (0, 0))
            let action = machine.observed(empty, at: Self.time(second + 305))
            #expect(action == .none || machine.phase == .needsHuman)
        }
        #expect(machine.percent == 5)
    }

    @Test("a version that fails is rolled back by its first fifty requests")
    func fastTrigger() throws {
        var machine = try RolloutMachine(plan: Self.plan())
        _ = try machine.started(at: Self.time(0))
        _ = Self.healthy(&machine, from: 0, to: 30)
        let action = machine.observed(Self.window(30, champion: (500, 1), challenger: (50, 25)), at: Self.time(35))
        guard case .rollBack(let reason) = action else {
            Issue.record("not rolled back: \(action)")
            return
        }
        #expect(reason.contains("25 of the last 50 requests"))
        #expect(machine.percent == 0)
        #expect(machine.verdict.kind == .rollback)
    }

    @Test("a version that turns bad after days of health is rolled back within a window")
    func inertia() throws {
        var plan = Self.plan()
        plan.stepMinSeconds = 400_000
        plan.stepMaxSeconds = 500_000
        var machine = try RolloutMachine(plan: plan)
        _ = try machine.started(at: Self.time(0))
        _ = Self.healthy(&machine, from: 0, to: 259_200)
        #expect(machine.phase == .observing)
        let action = machine.observed(
            Self.window(259_200, champion: (500, 0), challenger: (50, 25)), at: Self.time(259_205))
        #expect(action != .none)
        #expect(machine.phase == .rolledBack)
    }

    @Test("where both arms fail alike the version is not to blame: it stays, and does not advance")
    func sharedFailure() throws {
        var machine = try RolloutMachine(plan: Self.plan())
        _ = try machine.started(at: Self.time(0))
        for second in stride(from: 0, to: 300, by: 5) {
            let window = Self.window(second, champion: (500, 150), challenger: (50, 15))
            #expect(machine.observed(window, at: Self.time(second + 5)) == .none)
        }
        #expect(machine.percent == 5)
        #expect(machine.verdict.kind == .inconclusive)
        #expect(machine.verdict.reason.contains("so is the champion"))
    }

    @Test("arms that do not get their shares of units make the step inconclusive")
    func sampleRatio() throws {
        var plan = Self.plan()
        plan.limits.outcomeDrop = 0.02
        var machine = try RolloutMachine(plan: plan)
        _ = try machine.started(at: Self.time(0))
        let good = Moments((0..<1000).map { $0 % 2 == 0 ? 1 : 0 })
        let bad = Moments((0..<1000).map { $0 % 10 == 0 ? 1 : 0 })
        for second in stride(from: 0, to: 300, by: 5) {
            var window = Self.window(second, champion: (500, 0), challenger: (50, 0))
            window.champion.newUnits = 90
            window.challenger.newUnits = 10
            let outcomes = second < 50 ? nil : RolloutOutcomes(champion: good, challenger: bad)
            #expect(machine.observed(window, outcomes: outcomes, at: Self.time(second + 5)) == .none)
        }
        #expect(machine.verdict.kind == .inconclusive)
        #expect(machine.verdict.reason.contains("sample_ratio"))
    }

    @Test("outcomes that are surely worse than the limit roll back; without outcomes the step holds")
    func outcomes() throws {
        var plan = Self.plan()
        plan.limits.outcomeDrop = 0.02
        var machine = try RolloutMachine(plan: plan)
        _ = try machine.started(at: Self.time(0))
        #expect(Self.healthy(&machine, from: 0, to: 300).isEmpty)
        #expect(machine.verdict.reason.contains("0 of 200 outcomes"))
        let good = Moments((0..<2000).map { $0 % 2 == 0 ? 1 : 0 })
        let bad = Moments((0..<2000).map { $0 % 5 == 0 ? 1 : 0 })
        let window = Self.window(300, champion: (500, 0), challenger: (50, 0))
        _ = machine.observed(window, outcomes: RolloutOutcomes(champion: good, challenger: bad), at: Self.time(305))
        #expect(machine.phase == .rolledBack)
        #expect(machine.verdict.reason.contains("outcomes are worse by 0.3"))
    }

    @Test("a version that says the same to everybody goes back, unless the champion does so too")
    func constantOutput() throws {
        func run(champion: [Int]) throws -> RolloutMachine {
            var machine = try RolloutMachine(plan: Self.plan())
            _ = try machine.started(at: Self.time(0))
            for second in stride(from: 0, to: 50, by: 5) {
                var window = Self.window(second, champion: (500, 0), challenger: (50, 0))
                window.champion.predictions = champion
                (window.champion.smallest, window.champion.largest) = (0.1, 0.9)
                window.challenger.predictions = [50, 0]
                (window.challenger.smallest, window.challenger.largest) = (0.25, 0.25)
                _ = machine.observed(window, at: Self.time(second + 5))
            }
            return machine
        }
        #expect(try run(champion: [250, 250]).phase == .rolledBack)
        #expect(try run(champion: [500, 0]).phase == .observing)
    }

    @Test("predictions that moved away from the champion's go back")
    func predictionDrift() throws {
        var plan = Self.plan()
        plan.limits.predictionPSI = 0.25
        plan.limits.watchesConstantOutput = false
        var machine = try RolloutMachine(plan: plan)
        _ = try machine.started(at: Self.time(0))
        for second in stride(from: 0, to: 150, by: 5) where machine.phase == .observing {
            var window = Self.window(second, champion: (500, 0), challenger: (50, 0))
            window.champion.predictions = [400, 75, 25]
            window.challenger.predictions = [10, 15, 25]
            _ = machine.observed(window, at: Self.time(second + 5))
        }
        #expect(machine.phase == .rolledBack)
        #expect(machine.verdict.reason.contains("predictions moved"))
    }

    @Test("one prediction outside of the promised range goes back at once")
    func range() throws {
        var plan = Self.plan()
        plan.limits.predictionRange = PredictionRange(lower: 0, upper: 1)
        var machine = try RolloutMachine(plan: plan)
        _ = try machine.started(at: Self.time(0))
        var window = Self.window(0, champion: (5, 0), challenger: (1, 0))
        window.challenger.predictions = [0, 1]
        (window.challenger.smallest, window.challenger.largest) = (1.5, 1.5)
        #expect(machine.observed(window, at: Self.time(5)) == .rollBack(reason: RolloutMachine.rangeReason))
    }

    @Test("what was proven stands where its limit is, also where the step alone leaves it open or has no line for it")
    func provenLine() throws {
        var machine = try RolloutMachine(plan: Self.plan())
        _ = try machine.started(at: Self.time(0))
        _ = Self.healthy(&machine, from: 0, to: 50, challenger: 5_000)
        #expect(machine.harm == nil)
        _ = machine.observed(Self.window(50, champion: (500, 0), challenger: (1_000, 400)), at: Self.time(55))
        func lines(_ machine: RolloutMachine) -> [RolloutCheck] {
            machine.counts.checks(machine.plan, outcomes: nil, isConcurrent: true).naming(machine.harm)
        }
        let line = try #require(lines(machine).first { $0.name == .errorRate })
        #expect((line.verdict, line.reason) == (.harm, "400 of the last 1,000 requests failed, more than 1.0 %"))
        // The numbers beside it are those of the whole step.
        #expect((line.rows, line.limit) == (51_000, 0.01))
        #expect(lines(machine).filter { $0.verdict == .harm }.count == 1)
        let kept = try JSONDecoder().decode(RolloutMachine.self, from: JSONEncoder().encode(machine))
        #expect(kept.harm == machine.harm)

        var plan = Self.plan()
        plan.limits.predictionRange = PredictionRange(lower: 0, upper: 1)
        var other = try RolloutMachine(plan: plan)
        _ = try other.started(at: Self.time(0))
        var window = Self.window(0, champion: (5, 0), challenger: (1, 0))
        (window.challenger.predictions, window.challenger.smallest, window.challenger.largest) = ([0, 1], 1.5, 1.5)
        _ = other.observed(window, at: Self.time(5))
        #expect(lines(other).last?.name == .predictionRange && lines(other).last?.verdict == .harm)
        // Somebody's order proves nothing.
        var ordered = try RolloutMachine(plan: plan)
        _ = try ordered.started(at: Self.time(0))
        _ = try ordered.rollbackOrdered(because: "it smells")
        #expect(ordered.harm == nil)
    }

    @Test("a hold stops the step's clock and its advance, not its alarms")
    func hold() throws {
        var machine = try RolloutMachine(plan: Self.plan())
        _ = try machine.started(at: Self.time(0))
        #expect(try machine.held(at: Self.time(10), because: "a holiday") == .hold)
        #expect(try machine.held(at: Self.time(11), because: "again") == .none)
        #expect(Self.healthy(&machine, from: 15, to: 5000).isEmpty)
        #expect(machine.phase == .held)
        #expect(try machine.resumed(at: Self.time(5000)) == .resume)
        #expect(try machine.resumed(at: Self.time(5001)) == .none)
        #expect(Self.healthy(&machine, from: 5000, to: 5045).isEmpty)
        #expect(Self.healthy(&machine, from: 5045, to: 5075) == [.advance(percent: 25)])
        _ = try machine.held(at: Self.time(5076), because: "")
        _ = machine.observed(Self.window(5080, champion: (500, 0), challenger: (50, 40)), at: Self.time(5085))
        #expect(machine.phase == .rolledBack)
    }

    @Test("a rollback by command reaches every state but the end, and repeating it changes nothing")
    func rollbackEverywhere() throws {
        var pending = try RolloutMachine(plan: Self.plan())
        var observing = pending
        _ = try observing.started(at: Self.time(0))
        var held = observing
        _ = try held.held(at: Self.time(5), because: "")
        var asking = observing
        for second in stride(from: 0, to: 1000, by: 100) { _ = asking.waited(until: Self.time(second)) }
        #expect(asking.phase == .needsHuman)
        var baking = observing
        for second in 1...3 { _ = try baking.advanceOrdered(at: Self.time(second)) }
        #expect(baking.phase == .baking)
        for machine in [pending, observing, held, asking, baking] {
            var machine = machine
            #expect(try machine.rollbackOrdered(because: "it smells") == .rollBack(reason: "it smells"))
            #expect(machine.percent == 0)
            #expect(try machine.rollbackOrdered(because: "again") == .none)
            #expect(machine.verdict.reason == "it smells")
        }
        _ = try pending.rollbackOrdered(because: "")
        #expect(throws: GatehouseError.self) { try pending.started(at: Self.time(1)) }
    }

    @Test("a policy may have a step that takes too long rolled back instead of asking")
    func expiryRollsBack() throws {
        var plan = Self.plan()
        plan.whenStepExpires = .rollBack
        var machine = try RolloutMachine(plan: plan)
        _ = try machine.started(at: Self.time(0))
        guard case .rollBack = machine.waited(until: Self.time(601)) else {
            Issue.record("not rolled back")
            return
        }
    }

    @Test("measurements from before the step, and late ones, are counted as left out and change nothing")
    func lateWindows() throws {
        var machine = try RolloutMachine(plan: Self.plan())
        _ = try machine.started(at: Self.time(100))
        let late = Self.window(50, champion: (500, 0), challenger: (50, 50))
        #expect(machine.observed(late, at: Self.time(110)) == .none)
        #expect(machine.leftOut == 1)
        #expect(machine.counts.challenger.rates.requests == 0)
    }

    @Test(
        "a plan that cannot work is refused",
        arguments: [[], [5, 25], [5, 5, 100], [0, 100], [101], Array(1...19) + [98, 99, 100]])
    func plans(steps: [Int]) {
        var plan = RolloutPlan()
        plan.steps = steps
        #expect(throws: GatehouseError.self) { try RolloutMachine(plan: plan) }
    }
}
