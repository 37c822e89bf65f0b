/// Resampling rows with replacement, reproducibly.
///
/// A resample is a list of how often each row was drawn (multinomial), so that scores sorted once need no new sort. Both
/// models of a comparison are measured on the same resamples: the interval of their difference is paired.
package struct Bootstrap: Sendable, Equatable {
    package static let replicatesMax = 1000
    /// Percentile ends at 2.5 % from fewer resamples would rest on a handful of values.
    package static let replicatesMin = 200
    /// Work is bounded: with more rows than this many draws allow, fewer resamples are made (the interval is then
    /// narrow anyway).
    package static let drawsMax = 100_000_000

    package let seed: UInt64

    package init(seed: UInt64 = 0x6A7E_4005) { self.seed = seed }

    package static func replicates(rows: Int) -> Int {
        min(replicatesMax, max(replicatesMin, drawsMax / max(rows, 1)))
    }

    /// Values of several statistics over the resamples, one array per statistic. A resample in which any statistic is
    /// undefined (a single class, say) is left out of all of them; nil when that happens to more than one in ten.
    func values(rows: Int, statistics: Int, _ measure: (_ drawn: [UInt8]) -> [Double]?) -> [[Double]]? {
        guard rows >= 2 else { return nil }
        let replicates = Self.replicates(rows: rows)
        var generator = SeededGenerator(seed: seed)
        var drawn = [UInt8](repeating: 0, count: rows)
        var columns = [[Double]](repeating: [], count: statistics)
        for _ in 0..<replicates {
            for row in drawn.indices { drawn[row] = 0 }
            for _ in 0..<rows { drawn[generator.below(rows)] &+= 1 }
            guard let measured = measure(drawn) else { continue }
            for (index, value) in measured.enumerated() { columns[index].append(value) }
        }
        guard let defined = columns.first?.count, defined * 10 >= replicates * 9 else { return nil }
        return columns
    }

    /// The percentile interval of resampled values.
    static func percentileInterval(_ values: [Double]) -> Interval? {
        guard values.count >= replicatesMin / 2 else { return nil }
        let sorted = values.sorted()
        return Interval(
            lower: interpolated(sorted, Interval.tail), upper: interpolated(sorted, 1 - Interval.tail))
    }

    /// The quantile by linear interpolation between order statistics (Hyndman and Fan's type 7, numpy's default).
    private static func interpolated(_ sorted: [Double], _ share: Double) -> Double {
        let position = share * Double(sorted.count - 1)
        let below = Int(position)
        guard below + 1 < sorted.count else { return sorted[below] }
        return sorted[below] + (position - Double(below)) * (sorted[below + 1] - sorted[below])
    }
}
