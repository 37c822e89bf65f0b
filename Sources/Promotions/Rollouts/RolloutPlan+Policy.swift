package import Gates
package import Rollouts

extension RolloutPlan {
    /// The plan that a policy's `rollout` section asks for.
    package init(_ rules: RolloutRules) {
        self.init()
        steps = rules.steps
        stepMinSeconds = Int(rules.stepMinDuration.components.seconds)
        stepMinRequests = rules.stepMinRequests
        stepMaxSeconds = Int(rules.stepMaxDuration.components.seconds)
        bakeSeconds = Int(rules.bake.components.seconds)
        limits.errorRate = rules.rollbackOn["error_rate"]
        limits.p95Milliseconds = rules.rollbackOn["p95_ms"]
        limits.predictionPSI = rules.rollbackOn["prediction_psi"]
        limits.outcomeDrop = rules.rollbackOn["outcome_drop"]
        limits.outcomeLabel = rules.outcomeLabel
        limits.outcomeHigherIsBetter = rules.outcomeBetter == .higher
    }
}
