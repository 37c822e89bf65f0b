/// What an arm brought when each outcome is yes or no.
package struct ArmCounts: Sendable, Equatable {
    /// Above this a double no longer holds every whole number.
    package static let trialsMax = 1 << 53

    package let successes: Int
    package let trials: Int

    /// Nil unless 0 ≤ successes ≤ trials ≤ `trialsMax`.
    package init?(successes: Int, trials: Int) {
        guard trials <= Self.trialsMax, trials >= 0, successes >= 0, successes <= trials else { return nil }
        self.successes = successes
        self.trials = trials
    }

    /// Nil in an empty arm.
    package var rate: Double? { trials > 0 ? Double(successes) / Double(trials) : nil }

    /// p(1 − p), the variance of one outcome; 0 in an empty arm.
    var variance: Double {
        let p = rate ?? 0
        return p * (1 - p)
    }
}
