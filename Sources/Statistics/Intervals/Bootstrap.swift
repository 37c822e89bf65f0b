/// Resampling rows with replacement, reproducibly.
///
/// A resample is a list of how often each row was drawn (multinomial), so that scores sorted once need no new sort. Both
/// models of a comparison are measured on the same resamples: the interval of their difference is paired. Every resample has a
/// stream of random numbers of its own, so the digits do not depend on the number of cores.
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

    /// The statistics that `measure` computes, over resamples of `rows` rows and with rows left out. Nil below two rows.
    ///
    /// `measure` gets how often each row counts and returns `statistics` numbers, or nil where one of them is undefined (a single
    /// class, say). It runs on several threads at once.
    package func resamples(rows: Int, statistics: Int, _ measure: (_ drawn: [UInt8]) -> [Double]?) -> Resamples? {
        guard rows >= 2 else { return nil }
        let replicates = Self.replicates(rows: rows)
        let batches = concurrentMap(count: Self.batches) { batch in
            var drawn = [UInt8](repeating: 0, count: rows)
            return (replicates * batch / Self.batches..<replicates * (batch + 1) / Self.batches).map { replicate in
                var generator = generator(ofReplicate: replicate)
                drawn.withUnsafeMutableBufferPointer { RowDraws.fill($0, using: &generator) }
                return measure(drawn)
            }
        }
        return Resamples(
            batches.flatMap { $0 }, statistics: statistics,
            leftOut: leftOut(rows: rows, replicates: replicates, statistics, measure))
    }

    /// So many rows are left out one by one; of more, random groups.
    private static let rowsLeftOutSinglyMax = 2000
    /// The acceleration from G groups is off by about 0.4/G, which moves an end by less than 4 × 0.4/G standard errors.
    private static let groupsLeftOutMax = 200
    /// Resamples are handed to the cores in so many batches, each with its own counts.
    private static let batches = 16

    /// The statistics without one row, or without one of up to 200 random groups of equal size: a jackknife.
    private func leftOut(
        rows: Int, replicates: Int, _ statistics: Int, _ measure: (_ drawn: [UInt8]) -> [Double]?
    ) -> [[Double]] {
        let groups = rows <= Self.rowsLeftOutSinglyMax ? rows : min(Self.groupsLeftOutMax, replicates / 4)
        var order = Array(0..<UInt32(rows))
        if groups < rows {
            var generator = generator(ofReplicate: -1)
            order.shuffle(using: &generator)
        }
        let batches = concurrentMap(count: min(groups, Self.batches)) { batch in
            var drawn = [UInt8](repeating: 1, count: rows)
            let batches = min(groups, Self.batches)
            return (groups * batch / batches..<groups * (batch + 1) / batches).map { group in
                let group = order[rows * group / groups..<rows * (group + 1) / groups]
                for row in group { drawn[Int(row)] = 0 }
                defer { for row in group { drawn[Int(row)] = 1 } }
                return measure(drawn)
            }
        }
        let defined = batches.flatMap { $0 }.compactMap { $0 }
        return (0..<statistics).map { statistic in defined.map { $0[statistic] } }
    }

    /// The percentile interval (Efron, 1979) of resampled values. Nil with too few of them.
    static func percentileInterval(_ values: [Double]) -> Interval? {
        guard values.count >= replicatesMin / 2 else { return nil }
        let sorted = values.sorted()
        return Interval(lower: quantile(sorted, Interval.tail), upper: quantile(sorted, 1 - Interval.tail))
    }

    /// The quantile by linear interpolation between order statistics (Hyndman and Fan's type 7, numpy's default).
    static func quantile(_ sorted: [Double], _ share: Double) -> Double {
        let position = min(1, max(0, share)) * Double(sorted.count - 1)
        let below = Int(position)
        guard below + 1 < sorted.count else { return sorted[below] }
        return sorted[below] + (position - Double(below)) * (sorted[below + 1] - sorted[below])
    }

    private func generator(ofReplicate replicate: Int) -> SeededGenerator {
        // An odd factor keeps the states of neighbouring replicates apart.
        var mixer = SplitMix64(state: seed &+ UInt64(bitPattern: Int64(replicate)) &* 0xD134_2543_DE82_EF95)
        return SeededGenerator(seed: mixer.next())
    }
}
