/// The world that a rollout is tried in: traffic, a champion, and a challenger that may turn bad.
package struct RolloutScenario: Codable, Sendable, Equatable {
    /// What becomes worse, as the share of the bad segment's requests that it happens to.
    package struct Decay: Codable, Sendable, Equatable {
        /// Since the rollout began.
        package var fromSeconds = 2 * 86_400
        /// Share of all requests that belong to the segment.
        package var segmentShare = 0.1
        package var errorRate = 0.2
        package var slowShare: Double?
        /// Adds to the mean outcome of the segment.
        package var outcomeShift = 0.0

        package init() {}
    }

    package static let daysMax = 365.0

    package var days = 7.0
    package var requestsPerSecond = 1_000.0
    /// 0: the same at night; 0.5: from half of the mean to one and a half of it.
    package var dailySwing = 0.5
    package var windowSeconds = 5
    package var errorRate = 0.002
    package var rejectedRate = 0.001
    /// Share of requests above the p95 limit.
    package var slowShare = 0.02
    package var badOutputShare = 0.0
    /// Of both arms' predictions, by bucket.
    package var predictions = [0.3, 0.2, 0.13, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.01]
    /// Requests of one unit per day, in the mean.
    package var requestsPerUnit = 20.0
    /// Chance of a good outcome; nil: no outcomes arrive.
    package var outcomeRate: Double?
    /// Nil: the challenger is as good as the champion for ever.
    package var decay: Decay?

    package init() {}

    enum CodingKeys: String, CodingKey {
        case days, predictions, decay
        case requestsPerSecond = "requests_per_second"
        case dailySwing = "daily_swing"
        case windowSeconds = "window_seconds"
        case errorRate = "error_rate"
        case rejectedRate = "rejected_rate"
        case slowShare = "slow_share"
        case badOutputShare = "bad_output_share"
        case requestsPerUnit = "requests_per_unit"
        case outcomeRate = "outcome_rate"
    }
}
