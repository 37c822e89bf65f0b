import Glibc

/// A quantile of measured values with what the values alone, whatever their distribution, say about its place.
package struct QuantileEstimate: Sendable, Equatable {
    package enum Gap: String, Sendable, CaseIterable {
        /// Fewer values than any one-sided 95 % bound of this quantile needs.
        case tooFew = "too_few"
        /// Fewer than two values: nothing to interpolate between.
        case noValues = "no_values"
    }

    /// The chance that the one-sided bound is wrong.
    package static let boundTail = 0.05

    /// 0.95 for p95.
    package let share: Double
    /// By the exclusive rule; nil below two values.
    package let value: Double?
    /// Ends of the two-sided 95 % interval; nil where even the extreme value is no bound.
    package let lower: Double?
    package let upper: Double?
    /// What the quantile exceeds with a chance of at most 5 %.
    package let upperBound: Double?
    /// Whether `value` lies beyond all measured ones, as the exclusive rule has it for short lists: not a measurement.
    package let isExtrapolated: Bool
    package let count: Int
    /// The fewest values with which a one-sided 95 % bound exists.
    package let countNeeded: Int

    package var gap: Gap? { value == nil ? .noValues : count < countNeeded ? .tooFew : nil }
}

extension SampleQuantiles {
    /// The `part`-th of `parts` cut points; (999, of: 1000) is p99.9.
    package func estimate(_ part: Int, of parts: Int) -> QuantileEstimate {
        let share = Double(part) / Double(parts)
        let interval = interval(share)
        let value = exclusive(part, of: parts)
        // A quantile below the median is bounded from below as one above it is from above.
        let needed = Self.leastCount(share: max(share, 1 - share), tail: QuantileEstimate.boundTail)
        return QuantileEstimate(
            share: share, value: value, lower: interval.lower, upper: interval.upper,
            upperBound: upperBound(share, tail: QuantileEstimate.boundTail),
            isExtrapolated: value != nil && extrapolates(part, of: parts), count: count, countNeeded: needed)
    }

    /// The share of values up to each of at most `points` of them, dense towards the greatest: rank / (count + 1).
    package func tail(points: Int) -> [(share: Double, value: Double)] {
        guard count > 0, points > 0 else { return [] }
        let reach = log10(Double(count + 1))
        let ranks = (0..<points).map { point in
            let share = 1 - pow(10, -reach * Double(point + 1) / Double(points))
            return min(max(Int((share * Double(count + 1)).rounded()), 1), count)
        }
        let shown = count <= points ? Array(1...count) : ranks
        var last = 0
        return shown.compactMap { rank in
            guard rank > last else { return nil }
            last = rank
            return (Double(rank) / Double(count + 1), value(atRank: rank))
        }
    }
}
