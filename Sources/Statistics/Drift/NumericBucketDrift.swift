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
