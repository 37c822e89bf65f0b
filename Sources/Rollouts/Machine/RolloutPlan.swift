package import GatehouseCore

/// What a rollout will do, fixed before it starts: a changed plan is a new rollout.
package struct RolloutPlan: Codable, Sendable, Equatable {
    package static let stepsMax = 20

    /// What happens when a step has not come to an answer in `stepMaxSeconds`. Never: going on.
    package enum Expiry: String, Codable, Sendable, CaseIterable {
        case askHuman = "ask_human"
        case rollBack = "roll_back"
    }

    /// Per cent of the units at each step, ascending, the last one 100.
    package var steps = [5, 25, 100]
    package var stepMinSeconds = 3_600
    /// On both arms, as long as there are two.
    package var stepMinRequests = 2_000
    package var stepMaxSeconds = 24 * 3_600
    /// How long the new version is watched at 100 % after its last step.
    package var bakeSeconds = 24 * 3_600
    package var limits = RollbackLimits()
    package var whenStepExpires = Expiry.askHuman
    /// How often, at most, a version that is as good as the one before it is rolled back, over the whole rollout.
    package var falseRollbackRate = 0.01

    package init() {}

    /// Fails with `invalidArgument`, naming the first number that cannot work.
    package func check() throws(GatehouseError) {
        func require(_ holds: Bool, _ message: String) throws(GatehouseError) {
            guard holds else { throw GatehouseError(.invalidArgument, message, hint: "Correct the policy's rollout section.") }
        }
        try require((1...Self.stepsMax).contains(steps.count), "A rollout has 1 to \(Self.stepsMax) steps.")
        try require(steps.allSatisfy { (1...100).contains($0) }, "A step is a whole per cent from 1 to 100.")
        try require(zip(steps, steps.dropFirst()).allSatisfy { $0 < $1 }, "The steps must ascend.")
        try require(steps.last == 100, "The last step must be 100 %.")
        try require(stepMinSeconds >= 0 && bakeSeconds >= 0 && stepMinRequests >= 0, "Times and numbers are not negative.")
        try require(stepMaxSeconds >= stepMinSeconds, "step_max_duration is shorter than step_min_duration.")
        try require(falseRollbackRate > 0 && falseRollbackRate < 1, "The rate of false rollbacks lies between 0 and 1.")
        try limits.check()
    }
}

/// What makes a rollout go back. Nil: not looked at.
package struct RollbackLimits: Codable, Sendable, Equatable {
    /// Share of requests that failed.
    package var errorRate: Double?
    package var p95Milliseconds: Double?
    /// Population stability index of the challenger's predictions against the champion's of the same time.
    package var predictionPSI: Double?
    /// How much worse the mean outcome may be, as a difference.
    package var outcomeDrop: Double?
    /// Under which name the outcome is posted that is compared.
    package var outcomeLabel = "outcome"
    /// Whether a larger outcome is the better one.
    package var outcomeHigherIsBetter = true
    /// Share of answers without a number in them, NaN and infinities included.
    package var badOutputShare: Double? = 0.01
    /// Share of requests that the version refuses as the caller's mistake, as it does when its features are others.
    package var rejectedShare: Double? = 0.01
    /// Whether a version that says the same to everybody, while the champion does not, goes back.
    package var watchesConstantOutput = true
    /// What every prediction must lie in: one outside goes back at once.
    package var predictionRange: PredictionRange?

    package init() {}

    func check() throws(GatehouseError) {
        for (name, share) in [("error_rate", errorRate), ("bad output", badOutputShare), ("rejected", rejectedShare)] {
            guard let share else { continue }
            guard share >= 0, share < 1 else {
                throw GatehouseError(.invalidArgument, "The limit \(name) is \(share), no share from 0 up to 1.")
            }
        }
        for (name, limit) in [("p95_ms", p95Milliseconds), ("prediction_psi", predictionPSI), ("outcome_drop", outcomeDrop)] {
            guard let limit else { continue }
            guard limit >= 0, limit <= 1e9 else {
                throw GatehouseError(.invalidArgument, "The limit \(name) is \(limit), not a number from 0 to 1e9.")
            }
        }
    }
}

/// The predictions that a version may make, both ends included.
package struct PredictionRange: Codable, Sendable, Equatable {
    package let lower: Double
    package let upper: Double

    /// Nil unless lower ≤ upper and both are finite.
    package init?(lower: Double, upper: Double) {
        guard lower.isFinite, upper.isFinite, lower <= upper else { return nil }
        self.lower = lower
        self.upper = upper
    }
}
