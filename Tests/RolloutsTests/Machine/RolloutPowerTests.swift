import Rollouts
import Testing

@Suite("What a rollout will be able to see")
struct RolloutPowerTests {
    // scipy 1.17, formula of Fleiss, Levin and Paik at one-sided 0.01 and power 0.9: 12,851.9 per arm for 1 % against 1.5 %
    // with equal arms; 6,364.9 in an arm of 5 %.
    @Test("the needed requests are those of the design, and their time that of the traffic")
    func reference() throws {
        var plan = RolloutPlan()
        plan.steps = [50, 100]
        let even = RolloutPower.lines(plan, requestsPerSecond: 10, base: 0.01, harm: 0.015)
        #expect(even.count == 1)
        #expect(even[0].requests == 12_852)
        plan.steps = [5, 25, 100]
        let lines = RolloutPower.lines(plan, requestsPerSecond: 10, base: 0.01, harm: 0.015)
        #expect(lines.map(\.percent) == [5, 25])
        #expect(abs(try #require(lines[0].hours) - 3.536111111111111) < 0.01)
        #expect(lines[0].sentence.hasPrefix("the 5 % step needs"))
    }

    @Test("a step that can see nothing says so")
    func nothing() {
        let lines = RolloutPower.lines(RolloutPlan(), requestsPerSecond: 0, base: 0.01, harm: 0.015)
        #expect(lines.allSatisfy { $0.hours == nil && $0.detectable == nil })
        #expect(lines[0].sentence.contains("cannot see"))
        #expect(RolloutPower.lines(RolloutPlan(), requestsPerSecond: 5, base: 0.01, harm: 0.01)[0].requests == nil)
    }
}
