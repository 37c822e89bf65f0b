import Foundation
import GatehouseCore
import Rollouts
import Statistics
import Testing

@Suite("Rollout machine, at random")
struct RolloutWalkTests {
    /// One event, and what came of it.
    private static func step(
        _ machine: inout RolloutMachine, _ random: inout SeededGenerator, _ now: inout Int
    ) -> RolloutMachine.Action {
        now += random.below(40)
        let time = RolloutMachineTests.time(now)
        switch random.below(40) {
        case 0: return (try? machine.held(at: time, because: "walk")) ?? .none
        case 1, 2, 3: return (try? machine.resumed(at: time)) ?? .none
        case 4: return (try? machine.advanceOrdered(at: time)) ?? .none
        case 5: return random.below(8) == 0 ? (try? machine.rollbackOrdered(because: "walk")) ?? .none : .none
        case 6: return (try? machine.started(at: time)) ?? .none
        case 7, 8, 9: return machine.waited(until: time)
        case 10: now -= random.below(60)
        case 11: now += 300
        default: break
        }
        let errors = random.below(60) == 0 ? 40 : random.below(200) == 0 ? 1 : 0
        var window = RolloutMachineTests.window(
            now, champion: (random.below(3) == 0 ? 0 : 400, 0),
            challenger: (random.below(3) == 0 ? 0 : 60, 0))
        window.challenger.rates.errors = min(errors, window.challenger.rates.requests)
        return machine.observed(window, at: RolloutMachineTests.time(now + 5))
    }

    @Test("in 100,000 random events the weight never rises without an explicit advance, and no final state is left")
    func walk() throws {
        var random = SeededGenerator(seed: 20_261_121)
        var now = 0
        var machine = try RolloutMachine(plan: RolloutMachineTests.plan())
        var ends: [RolloutMachine.Phase: Int] = [:]
        var seen: Set<RolloutMachine.Phase> = []
        for event in 0..<100_000 {
            let before = machine
            let action = Self.step(&machine, &random, &now)
            seen.insert(machine.phase)
            if machine.percent > before.percent {
                #expect(machine.verdict.kind == .advance)
                switch action {
                case .start(let percent), .advance(let percent): #expect(percent == machine.percent)
                case .none, .bake, .promote, .rollBack, .askHuman, .hold, .resume: Issue.record("the weight rose by \(action)")
                }
            }
            if before.phase.isFinal { #expect(machine.phase == before.phase) }
            if !machine.phase.isFinal {
                var other = machine
                _ = try other.rollbackOrdered(because: "now")
                #expect(other.phase == .rolledBack && other.percent == 0)
            }
            if event % 97 == 0 {
                let read = try JSONDecoder().decode(RolloutMachine.self, from: JSONEncoder().encode(machine))
                #expect(read == machine)
                machine = read
            }
            if machine.phase.isFinal {
                ends[machine.phase, default: 0] += 1
                if random.below(20) == 0 { machine = try RolloutMachine(plan: RolloutMachineTests.plan()) }
            }
        }
        #expect(seen == Set(RolloutMachine.Phase.allCases))
        #expect(ends.count == 2)
    }

    @Test("a machine read back after a crash goes on exactly as the one that never stopped")
    func resumes() throws {
        var random = SeededGenerator(seed: 7)
        var other = SeededGenerator(seed: 7)
        var (now, then) = (0, 0)
        var steady = try RolloutMachine(plan: RolloutMachineTests.plan())
        var crashing = steady
        for _ in 0..<2_000 {
            let action = Self.step(&steady, &random, &now)
            crashing = try JSONDecoder().decode(RolloutMachine.self, from: JSONEncoder().encode(crashing))
            #expect(Self.step(&crashing, &other, &then) == action)
            #expect(crashing == steady)
        }
    }

    @Test("no order of empty windows and waiting advances anything")
    func noData() throws {
        for seed in 0..<50 {
            var random = SeededGenerator(seed: UInt64(seed))
            var machine = try RolloutMachine(plan: RolloutMachineTests.plan())
            _ = try machine.started(at: RolloutMachineTests.time(0))
            var now = 0
            for _ in 0..<200 {
                now += random.below(30)
                if random.below(2) == 0 {
                    _ = machine.waited(until: RolloutMachineTests.time(now))
                } else {
                    let champion = random.below(2) * 1000
                    let window = RolloutMachineTests.window(now, champion: (champion, 0), challenger: (0, 0))
                    _ = machine.observed(window, at: RolloutMachineTests.time(now + 5))
                }
                if machine.phase == .needsHuman { _ = try machine.resumed(at: RolloutMachineTests.time(now)) }
                #expect(machine.percent == 5)
            }
        }
    }
}
