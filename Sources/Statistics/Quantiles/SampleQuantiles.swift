import Glibc

/// Quantiles of a list of measurements, such as response times.
package struct SampleQuantiles: Sendable {
    /// Ascending.
    private let sorted: [Double]

    package var count: Int { sorted.count }
    package var least: Double? { sorted.first }
    package var greatest: Double? { sorted.last }

    /// Ranks count from 1.
    func value(atRank rank: Int) -> Double { sorted[rank - 1] }

    /// How many values exceed `limit`.
    package func count(above limit: Double) -> Int { sorted.count { $0 > limit } }

    /// Nil when a value is NaN: NaN has no rank.
    package init?(_ values: [Double]) {
        guard values.allSatisfy({ !$0.isNaN }) else { return nil }
        sorted = values.sorted()
    }

    /// The `part`-th of `parts` cut points, by the rule of Python's `statistics.quantiles(method="exclusive")`: bit for
    /// bit its 95th value for (95, of: 100).
    ///
    /// Nil below two values. For a short list the rule extrapolates beyond the extremes; see `extrapolates`.
    package func exclusive(_ part: Int, of parts: Int) -> Double? {
        precondition(part > 0 && part < parts, "a cut point lies inside the list")
        guard count >= 2 else { return nil }
        let index = min(max(part * (count + 1) / parts, 1), count - 1)
        let delta = part * (count + 1) - index * parts
        return (sorted[index - 1] * Double(parts - delta) + sorted[index] * Double(delta)) / Double(parts)
    }

    /// Whether `exclusive` answers with a value beyond the least or the greatest one measured.
    package func extrapolates(_ part: Int, of parts: Int) -> Bool {
        let position = part * (count + 1)
        return position < parts || position > count * parts
    }

    /// The interval of the `share` quantile that the measured values themselves bound, whatever their distribution.
    ///
    /// Between two order statistics, ranks from Binomial(n, share). An end is nil where even the extreme value does not
    /// bound it: short lists say nothing about their tails.
    package func interval(_ share: Double) -> (lower: Double?, upper: Double?) {
        (lowerBound(share, tail: Interval.tail), upperBound(share, tail: Interval.tail))
    }

    /// A value that the `share` quantile exceeds with a chance of at most `tail`. Nil when the list is too short.
    package func upperBound(_ share: Double, tail: Double) -> Double? {
        // Rank r works when P(Bin(n, share) ≥ r) ≤ tail; the least such rank is the tightest.
        let rank = leastRank { Binomial.upperTail($0, trials: count, probability: share) <= tail }
        return rank <= count ? sorted[rank - 1] : nil
    }

    /// A value that the `share` quantile falls below with a chance of at most `tail`. Nil when the list is too short.
    package func lowerBound(_ share: Double, tail: Double) -> Double? {
        // Rank r works when P(Bin(n, share) < r) ≤ tail; the greatest such rank is the tightest.
        let tooHigh = leastRank { Binomial.cdf($0 - 1, trials: count, probability: share) > tail }
        return tooHigh >= 2 && count > 0 ? sorted[min(tooHigh - 1, count) - 1] : nil
    }

    /// How many values a one-sided bound of the `share` quantile needs at least: 59 for p95 with a chance of 5 %.
    package static func leastCount(share: Double, tail: Double) -> Int {
        Int((log(tail) / log(share)).rounded(.up))
    }

    /// The least rank in 1 … count + 1 that `holds`, which must stay true once it is; count + 1 when none does.
    private func leastRank(_ holds: (Int) -> Bool) -> Int {
        var low = 1
        var high = count + 1
        while low < high {
            let middle = (low + high) / 2
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
