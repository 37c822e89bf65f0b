import Glibc

/// How far two samples of a number lie apart, from the rows themselves rather than from buckets.
package struct SampleDistance: Sendable, Equatable {
    /// The greatest distance between the two empirical distribution functions.
    package let kolmogorovSmirnov: Double
    /// Two-sided; see `KolmogorovSmirnov.p`.
    package let kolmogorovSmirnovP: Double
    /// Earth mover's distance in the feature's unit. Nil with an infinite value, or where the range overflows.
    package let wasserstein: Double?
    /// `wasserstein` by the reference's standard deviation (n in the denominator). Nil when the reference is constant.
    package let normalizedWasserstein: Double?
    /// nm/(n + m)² Σ (F − G)² over all values of both samples (Anderson, 1962). SciPy's rank form of it is the same without
    /// ties, and loses its meaning with them.
    package let cramerVonMises: Double
    /// From the limiting distribution. Nil where both samples have at most 20 values: it does not hold for so few.
    package let cramerVonMisesP: Double?

    /// Nil unless both samples hold values. Time is linear, the samples being sorted.
    package init?(reference: SortedValues, current: SortedValues) {
        let n = reference.values.count
        let m = current.values.count
        guard n > 0, m > 0 else { return nil }
        let walk = PooledWalk(reference.values, current.values)
        let lines = KolmogorovSmirnov(n, m, crossDifference: walk.greatestCrossDifference)
        kolmogorovSmirnov = lines.statistic
        kolmogorovSmirnovP = lines.p
        wasserstein = reference.isFinite && current.isFinite && walk.area.isFinite ? walk.area : nil
        let deviation = Self.standardDeviation(reference.values)
        normalizedWasserstein = wasserstein.flatMap { deviation > 0 && deviation.isFinite ? $0 / deviation : nil }
        cramerVonMises = Double(n) * Double(m) / (Double(n + m) * Double(n + m)) * walk.squares
        cramerVonMisesP = CramerVonMises.p(cramerVonMises, n, m)
    }

    private static func standardDeviation(_ values: [Double]) -> Double {
        // Equal values must not be given a deviation by rounding.
        guard let first = values.first, let last = values.last, first < last else { return 0 }
        let mean = values.reduce(0, +) / Double(values.count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    }
}

/// What one walk through two sorted samples, from distinct value to distinct value, adds up.
private struct PooledWalk {
    /// The greatest |i·m − j·n|, i of n reference and j of m current values lying at or below the place.
    private(set) var greatestCrossDifference = 0
    /// ∫ |F − G|.
    private(set) var area = 0.0
    /// Σ (F − G)² over all values of both samples.
    private(set) var squares = 0.0

    init(_ reference: [Double], _ current: [Double]) {
        let n = reference.count
        let m = current.count
        var i = 0
        var j = 0
        var previous = 0.0
        while i < n || j < m {
            let value = j == m || (i < n && reference[i] <= current[j]) ? reference[i] : current[j]
            if i + j > 0 {
                // Both counts are at most 10⁸, so their products are far from overflowing.
                let difference = i * m - j * n
                greatestCrossDifference = max(greatestCrossDifference, abs(difference))
                area += Double(abs(difference)) * (value - previous)
            }
            let before = i + j
            while i < n, reference[i] == value { i += 1 }
            while j < m, current[j] == value { j += 1 }
            let after = Double(i * m - j * n)
            squares += Double(i + j - before) * after * after
            previous = value
        }
        let pairs = Double(n) * Double(m)
        area /= pairs
        squares /= pairs * pairs
    }
}
