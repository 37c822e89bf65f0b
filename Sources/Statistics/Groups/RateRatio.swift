import Glibc

/// The ratio of two independent shares of counted rows, on the log scale (Katz and others, 1978).
///
/// A half is added to every count when a count is 0 (Walter, 1975), for the interval and the test, not for `value`.
package struct RateRatio: Sendable, Equatable {
    /// The first share over the second. Nil when the second is 0.
    package let value: Double?
    package let interval: Interval
    private let logRatio: Double
    private let standardError: Double

    /// Nil without trials or without any success.
    package init?(_ first: (successes: Int, trials: Int), to second: (successes: Int, trials: Int)) {
        guard first.trials > 0, second.trials > 0, first.successes + second.successes > 0 else { return nil }
        let added = first.successes == 0 || second.successes == 0 ? 0.5 : 0
        let (a, n) = (Double(first.successes) + added, Double(first.trials) + added)
        let (b, m) = (Double(second.successes) + added, Double(second.trials) + added)
        logRatio = log(a / n) - log(b / m)
        standardError = max(0, 1 / a - 1 / n + 1 / b - 1 / m).squareRoot()
        let half = Interval.z * standardError
        interval = Interval(lower: first.successes == 0 ? 0 : exp(logRatio - half), upper: exp(logRatio + half))
        value =
            second.successes == 0
            ? nil : Double(first.successes) / Double(first.trials) / (Double(second.successes) / Double(second.trials))
    }

    /// The one-sided p-value of "the ratio is at least `limit`": small when the counts speak for a lower one. Nil when there
    /// is no variance to go by, or the limit is not positive.
    package func p(atLeast limit: Double) -> Double? {
        guard standardError > 0, limit > 0 else { return nil }
        return Normal.cdf((logRatio - log(limit)) / standardError)
    }
}
