/// What a check says. No data is never a pass: what could not be measured is `inconclusive` or `error`.
package enum Verdict: String, Codable, Sendable, CaseIterable {
    case pass
    case fail
    /// Measured, but the data cannot tell; says how much more would.
    case inconclusive
    /// Could not be measured.
    case error
}

/// What a verdict other than `pass` does to a promotion.
package enum CheckEnforcement: String, Codable, Sendable, CaseIterable {
    case block
    case warn
}

/// What a policy does to a transition whose requirements are not met.
package enum PolicyEnforcement: String, Codable, Sendable, CaseIterable {
    /// Refuse it.
    case enforce
    /// Let it through and record what would have been refused.
    case warn
    /// Behave as MLflow does: ask nothing.
    case off
}
