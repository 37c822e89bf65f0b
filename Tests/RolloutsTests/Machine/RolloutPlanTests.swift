import Rollouts
import Testing

@Suite("Rollout plan")
struct RolloutPlanTests {
    @Test("the plan without a word from anybody ends with all of the traffic")
    func lastStep() { #expect(RolloutPlan().steps.last == 100) }
}
