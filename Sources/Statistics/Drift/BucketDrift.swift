import Glibc

/// How far the counts of two samples in the same buckets lie apart. p is the reference's share, q the current one's;
/// logarithms are natural.
package struct BucketDrift: Sendable, Equatable {
    /// A share of exactly 0 counts as this in `psi` and the two divergences; nothing is renormalised.
    package static let emptyShare = 1e-6

    package let referenceCount: Int
    package let currentCount: Int
    /// Σ (q − p) ln(q/p), with `emptyShare` for empty buckets.
    package let psi: Double
    /// The same with half a row added to every bucket on both sides (Jeffreys), so that one empty bucket cannot decide.
    package let smoothedPSI: Double
    /// What `smoothedPSI` stays below in 95 of 100 comparisons without drift: (1/N + 1/M)·χ²_{B−1, 0.95}.
    package let nullPSILimit: Double
    /// Σ p ln(p/q): KL divergence of the reference from the current distribution, with `emptyShare`.
    package let klReferenceCurrent: Double
    /// Σ q ln(q/p).
    package let klCurrentReference: Double
    /// √ of the Jensen–Shannon divergence: 0 … √ln 2.
    package let jensenShannonDistance: Double
    /// χ² of independence over the buckets that either side uses. Degrees of freedom: those buckets − 1.
    package let chiSquared: Double
    /// 1 with a single bucket.
    package let chiSquaredP: Double

    /// Nil unless both lists have the same buckets, no count is negative, and both sides hold rows.
    package init?(reference: [Int], current: [Int]) {
        guard reference.count == current.count, let referenceCount = Self.sum(reference), let currentCount = Self.sum(current),
            referenceCount > 0, currentCount > 0
        else { return nil }
        self.referenceCount = referenceCount
        self.currentCount = currentCount
        let p = reference.map { Double($0) / Double(referenceCount) }
        let q = current.map { Double($0) / Double(currentCount) }
        let filledP = p.map { $0 == 0 ? Self.emptyShare : $0 }
        let filledQ = q.map { $0 == 0 ? Self.emptyShare : $0 }
        psi = Self.populationStability(filledP, filledQ)
        let buckets = Double(reference.count)
        smoothedPSI = Self.populationStability(
            reference.map { (Double($0) + 0.5) / (Double(referenceCount) + 0.5 * buckets) },
            current.map { (Double($0) + 0.5) / (Double(currentCount) + 0.5 * buckets) })
        klReferenceCurrent = Self.divergence(filledP, from: filledQ)
        klCurrentReference = Self.divergence(filledQ, from: filledP)
        let middle = zip(p, q).map { ($0 + $1) / 2 }
        jensenShannonDistance =
            max(0, (Self.divergence(p, from: middle) + Self.divergence(q, from: middle)) / 2).squareRoot()
        let scale = 1 / Double(referenceCount) + 1 / Double(currentCount)
        nullPSILimit =
            reference.count < 2
            ? 0 : scale * ChiSquared.quantile(Interval.level, degreesOfFreedom: Double(reference.count - 1))
        let rows = Double(referenceCount) + Double(currentCount)
        var statistic = 0.0
        var used = 0
        for (first, second) in zip(reference, current) where first > 0 || second > 0 {
            used += 1
            let share = (Double(first) + Double(second)) / rows
            let expected = (share * Double(referenceCount), share * Double(currentCount))
            let deviation = Double(first) - expected.0
            statistic += deviation * deviation * (1 / expected.0 + 1 / expected.1)
        }
        chiSquared = statistic
        chiSquaredP = used < 2 ? 1 : ChiSquared.upperTail(statistic, degreesOfFreedom: Double(used - 1))
    }

    /// Nil on a negative count or a sum beyond Int: counts come from files.
    private static func sum(_ counts: [Int]) -> Int? {
        var sum = 0
        for count in counts {
            let (next, overflow) = sum.addingReportingOverflow(count)
            guard count >= 0, !overflow else { return nil }
            sum = next
        }
        return sum
    }

    private static func populationStability(_ p: [Double], _ q: [Double]) -> Double {
        zip(p, q).reduce(0) { $0 + ($1.1 - $1.0) * log($1.1 / $1.0) }
    }

    /// Σ p ln(p/q), terms with p = 0 counting nothing.
    private static func divergence(_ p: [Double], from q: [Double]) -> Double {
        zip(p, q).reduce(0) { $1.0 == 0 ? $0 : $0 + $1.0 * log($1.0 / $1.1) }
    }
}

/// Distances between two distributions over the same numeric buckets.
package struct NumericBucketDrift: Sendable, Equatable {
    /// The greatest distance of the cumulative shares at the edges: a lower bound of the statistic over the rows.
    package let kolmogorovSmirnov: Double
    /// From the limiting distribution; too large rather than too small, as rows within a bucket are tied.
    package let kolmogorovSmirnovP: Double
    /// Earth mover's distance in the feature's unit, rows spread evenly within their bucket.
    package let wasserstein: Double

    /// Nil unless the edges span a finite range and strictly increase, one more than the buckets, and both sides hold rows.
    package init?(edges: [Double], reference: [Int], current: [Int]) {
        guard edges.count == reference.count + 1, edges.count == current.count + 1, let first = edges.first,
            let last = edges.last,
            (last - first).isFinite,
            zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }),
            let drift = BucketDrift(reference: reference, current: current)
        else { return nil }
        let n = Double(drift.referenceCount)
        let m = Double(drift.currentCount)
        var cumulative = (reference: 0, current: 0)
        var greatest = 0.0
        var area = 0.0
        var before = 0.0
        for bucket in reference.indices {
            cumulative.reference += reference[bucket]
            cumulative.current += current[bucket]
            let after = Double(cumulative.current) / m - Double(cumulative.reference) / n
            greatest = max(greatest, abs(after))
            area += (edges[bucket + 1] - edges[bucket]) * Self.meanAbsolute(before, after)
            before = after
        }
        kolmogorovSmirnov = greatest
        kolmogorovSmirnovP = Kolmogorov.upperTail(greatest * (n * m / (n + m)).squareRoot())
        wasserstein = area
    }

    /// The mean of |x| along a straight line from `start` to `end`.
    private static func meanAbsolute(_ start: Double, _ end: Double) -> Double {
        guard start * end < 0 else { return (abs(start) + abs(end)) / 2 }
        return (start * start + end * end) / (2 * (abs(start) + abs(end)))
    }
}
