/// The two-sample Kolmogorov–Smirnov test, two-sided, with the same choice of method as `scipy.stats.ks_2samp`.
struct KolmogorovSmirnov {
    /// max |F − G|.
    let statistic: Double
    /// P(D ≥ `statistic`) when both samples come from one continuous distribution. Ties make it too large, not too small.
    let p: Double

    /// Up to so many values on the larger side the p-value counts lattice paths; above, it comes from the one-sample
    /// distribution at the effective size nm/(n + m).
    private static let exactRowsMax = 10_000

    /// `crossDifference` is nm·D, a whole number. Both samples hold values.
    init(_ n: Int, _ m: Int, crossDifference: Int) {
        statistic = Double(crossDifference) / (Double(n) * Double(m))
        guard crossDifference > 0 else {
            p = 1
            return
        }
        let effectiveSize = Double(n) * Double(m) / (Double(n) + Double(m))
        if max(n, m) > Self.exactRowsMax {
            p = Kolmogorov.upperTail(statistic, rows: effectiveSize.rounded(.toNearestOrEven))
        } else if effectiveSize * statistic * statistic > 400 {
            // Below 1e-300, and so little that the walk over many paths is not worth it.
            p = 0
        } else if n == m {
            p = Self.outside(square: n, distance: crossDifference / n)
        } else {
            p = Self.outside(n, m, crossDifference: crossDifference)
        }
    }

    /// The share of paths from (0, 0) to (n, n) that reach |i − j| ≥ h: 2 Σ (−1)^(k−1) C(2n, n − kh) / C(2n, n), the
    /// principle of reflection (Gnedenko and Korolyuk, 1951).
    private static func outside(square n: Int, distance h: Int) -> Double {
        // From the last term outwards: every bracket 1 − (…) lies between 0 and 1, so nothing cancels.
        var share = 0.0
        for k in stride(from: n / h, to: 0, by: -1) {
            // C(2n, n − kh) / C(2n, n − (k − 1)h)
            var ratio = 1.0
            for step in 1...h {
                let place = (k - 1) * h + step
                ratio *= Double(n - place + 1) / Double(n + place)
            }
            share = ratio * (1 - share)
        }
        return min(1, 2 * share)
    }

    /// The share of paths from (0, 0) to (n, m) that reach |i·m − j·n| ≥ `crossDifference`.
    ///
    /// Along the diagonals s = i + j: of the paths to (i, j) a share of i/s came from (i − 1, j), the rest from (i, j − 1),
    /// so the share of paths that were outside by then is their weighted mean (Hodges, 1958, in shares instead of counts, as
    /// Viehmann, 2021, does). Sums of positive terms: small p-values keep their digits. Time is the area inside.
    private static func outside(_ n: Int, _ m: Int, crossDifference: Int) -> Double {
        // Index i + 1 holds the share at i. Cells that the band has not reached, and those it has left, are outside: 1.
        var shares = [Double](repeating: 1, count: n + 2)
        shares[1] = 0
        var next = shares
        for s in 1...(n + m) {
            // |i·(n + m) − s·n| < crossDifference
            let low = max((s * n - crossDifference) / (n + m) + (s * n >= crossDifference ? 1 : 0), max(0, s - m))
            let high = min((s * n + crossDifference - 1) / (n + m), min(s, n))
            let scale = 1 / Double(s)
            if low > high { return 1 }
            shares.withUnsafeBufferPointer { before in
                next.withUnsafeMutableBufferPointer { after in
                    // 0 ≤ low and high ≤ n, so i + 1 stays inside both buffers.
                    for i in low...high {
                        after[i &+ 1] = (before[i] * Double(i) + before[i &+ 1] * Double(s &- i)) * scale
                    }
                    after[low] = 1
                }
            }
            swap(&shares, &next)
        }
        return min(1, shares[n + 1])
    }
}
