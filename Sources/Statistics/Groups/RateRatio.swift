import Glibc

/// The ratio of the shares of two independent groups of rows, on the log scale (Katz and others, 1978).
///
/// Weighted rows count as their effective number. Half a row is added on both sides when a share is 0 (Walter, 1975), for the
/// interval and the test, not for `value`.
package struct RateRatio: Sendable, Equatable {
    /// The first share over the second. Nil when the second is 0.
    package let value: Double?
    package let interval: Interval
    private let logRatio: Double
    private let standardError: Double

    /// Nil without rows on either side or without any success.
    package init?(_ first: Share, to second: Share) {
        guard let own = first.value, let other = second.value, own + other > 0 else { return nil }
        let added = own == 0 || other == 0 ? 0.5 : 0
        let (n, m) = (first.effectiveRows + added, second.effectiveRows + added)
        let (a, b) = (own * first.effectiveRows + added, other * second.effectiveRows + added)
        logRatio = log(a / n) - log(b / m)
        standardError = max(0, 1 / a - 1 / n + 1 / b - 1 / m).squareRoot()
        let half = Interval.z * standardError
        interval = Interval(lower: own == 0 ? 0 : exp(logRatio - half), upper: exp(logRatio + half))
        value = other == 0 ? nil : own / other
    }

    /// The one-sided p-value of "the ratio is at least `limit`": small when the rows speak for a lower one. Nil when there is
    /// no variance to go by, or the limit is not positive.
    package func p(atLeast limit: Double) -> Double? {
        guard standardError > 0, limit > 0 else { return nil }
        return Normal.cdf((logRatio - log(limit)) / standardError)
    }
}
