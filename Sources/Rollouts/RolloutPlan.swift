/// What a rollout will do, fixed before it starts: a changed plan is a new rollout.
package struct RolloutPlan: Codable, Sendable, Equatable {
    /// Per cent of the units at each step, ascending, the last one 100.
    package var steps = [5, 25, 100]
    package var stepMinSeconds = 3_600
    package var stepMinRequests = 2_000
    package var stepMaxSeconds = 24 * 3_600
    /// How long the new version is watched at 100 %.
    package var bakeSeconds = 24 * 3_600
    package var limits = RollbackLimits()

    package init() {}
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

    package init() {}
}
