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
    /// P(`smoothedPSI` is as large without drift), from (1/N + 1/M)·χ²_{B−1}. 1 with a single bucket.
    package let smoothedPSIP: Double
    /// The indices that could have given `smoothedPSI`: (1/N + 1/M) times the noncentralities of χ²_{B−1}. Near, not exact:
    /// the further the drift, the rougher.
    package let psiInterval: Interval
    /// Σ p ln(p/q): KL divergence of the reference from the current distribution, with `emptyShare`.
    package let klReferenceCurrent: Double
    /// Σ q ln(q/p).
    package let klCurrentReference: Double
    /// √ of the Jensen–Shannon divergence: 0 … √ln 2.
    package let jensenShannonDistance: Double
    /// √(½ Σ (√p − √q)²): 0 … 1.
    package let hellingerDistance: Double
    /// χ² of independence over the buckets that either side uses. Degrees of freedom: those buckets − 1.
    package let chiSquared: Double
    /// 1 with a single bucket.
    package let chiSquaredP: Double
    /// √(χ²/(N + M)): 0 … 1, Cramér's V of a table with two rows.
    package let cramersV: Double

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
        hellingerDistance = (zip(p, q).reduce(0) { $0 + Self.squaredRootDifference($1.0, $1.1) } / 2).squareRoot()
        let null = PSINullLaw(rows: (referenceCount, currentCount), buckets: reference.count)
        nullPSILimit = null.limit
        smoothedPSIP = null.p(smoothedPSI)
        psiInterval = null.interval(smoothedPSI)
        let table = Self.independence(reference, current, Double(referenceCount), Double(currentCount))
        chiSquared = table.statistic
        chiSquaredP = table.p
        cramersV = (chiSquared / (Double(referenceCount) + Double(currentCount))).squareRoot()
    }

    /// Pearson's χ² of the table with the two samples as rows, and its p-value; buckets that neither side uses are left out.
    private static func independence(
        _ reference: [Int], _ current: [Int], _ n: Double, _ m: Double
    ) -> (statistic: Double, p: Double) {
        var statistic = 0.0
        var used = 0
        for (first, second) in zip(reference, current) where first > 0 || second > 0 {
            used += 1
            let share = (Double(first) + Double(second)) / (n + m)
            let deviation = Double(first) - share * n
            statistic += deviation * deviation * (1 / (share * n) + 1 / (share * m))
        }
        return (statistic, used < 2 ? 1 : ChiSquared.upperTail(statistic, degreesOfFreedom: Double(used - 1)))
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

    private static func squaredRootDifference(_ p: Double, _ q: Double) -> Double {
        let difference = p.squareRoot() - q.squareRoot()
        return difference * difference
    }

    /// Σ p ln(p/q), terms with p = 0 counting nothing.
    private static func divergence(_ p: [Double], from q: [Double]) -> Double {
        zip(p, q).reduce(0) { $1.0 == 0 ? $0 : $0 + $1.0 * log($1.0 / $1.1) }
    }
}

/// The law of the smoothed index without drift, (1/N + 1/M)·χ²_{B−1}, and with it, the noncentral one.
private struct PSINullLaw {
    private let scale: Double
    /// 0 with a single bucket, in which nothing can differ.
    private let freedom: Double

    init(rows: (reference: Int, current: Int), buckets: Int) {
        scale = 1 / Double(rows.reference) + 1 / Double(rows.current)
        freedom = Double(buckets - 1)
    }

    var limit: Double { freedom > 0 ? scale * ChiSquared.quantile(Interval.level, degreesOfFreedom: freedom) : 0 }

    func p(_ index: Double) -> Double { freedom > 0 ? ChiSquared.upperTail(index / scale, degreesOfFreedom: freedom) : 1 }

    func interval(_ index: Double) -> Interval {
        guard freedom > 0 else { return Interval(lower: 0, upper: 0) }
        let noncentral = NoncentralChiSquared.noncentralityInterval(index / scale, degreesOfFreedom: freedom)
        return Interval(lower: scale * noncentral.lower, upper: scale * noncentral.upper)
    }
}
