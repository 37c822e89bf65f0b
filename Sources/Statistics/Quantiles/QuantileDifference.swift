/// A quantile of one list minus the same quantile of another, with a bootstrap interval: which of two servers is quicker
/// in the tail.
///
/// Response times come in the order in which they were measured, and neighbours resemble each other (a stall slows many
/// requests in a row). So blocks of neighbours are drawn, in a circle (Politis and Romano, 1992), each as long as the cube
/// root of the list, which keeps what neighbours have in common.
package struct QuantileDifference: Sendable, Equatable {
    package let difference: Double
    /// Percentiles of the differences of resamples; nil when a list is too short for the quantile to have a bound.
    package let interval: Interval?
    package let isPaired: Bool

    /// The same requests to both: `first[i]` and `second[i]` belong together and are drawn together, so that what
    /// disturbed both cancels out. Nil when a value is NaN, the lists differ in length or have fewer than two values.
    package static func paired(
        _ first: [Double], _ second: [Double], _ part: Int, of parts: Int, bootstrap: Bootstrap = Bootstrap()
    ) -> QuantileDifference? {
        guard first.count == second.count else { return nil }
        return make(first, second, part, parts, bootstrap, isPaired: true)
    }

    /// Two lists that were measured apart. Nil when a value is NaN or a list has fewer than two values.
    package static func independent(
        _ first: [Double], _ second: [Double], _ part: Int, of parts: Int, bootstrap: Bootstrap = Bootstrap()
    ) -> QuantileDifference? {
        make(first, second, part, parts, bootstrap, isPaired: false)
    }

    private static func make(
        _ first: [Double], _ second: [Double], _ part: Int, _ parts: Int, _ bootstrap: Bootstrap, isPaired: Bool
    ) -> QuantileDifference? {
        guard let ofFirst = SampleQuantiles(first), let ofSecond = SampleQuantiles(second),
            let valueOfFirst = ofFirst.exclusive(part, of: parts), let valueOfSecond = ofSecond.exclusive(part, of: parts)
        else { return nil }
        let share = Double(part) / Double(parts)
        let needed = SampleQuantiles.leastCount(share: max(share, 1 - share), tail: QuantileEstimate.boundTail)
        let difference = valueOfFirst - valueOfSecond
        guard min(first.count, second.count) >= needed else {
            return QuantileDifference(difference: difference, interval: nil, isPaired: isPaired)
        }
        var generator = SeededGenerator(seed: bootstrap.seed)
        var resampleOfFirst = BlockResample(first, part, parts)
        var resampleOfSecond = BlockResample(second, part, parts)
        let replicates = Bootstrap.replicates(rows: max(first.count, second.count))
        let differences = (0..<replicates).map { _ in
            resampleOfFirst.draw(&generator)
            if isPaired {
                resampleOfSecond.draw(as: resampleOfFirst)
            } else {
                resampleOfSecond.draw(&generator)
            }
            return resampleOfFirst.quantile - resampleOfSecond.quantile
        }
        let interval = Bootstrap.percentileInterval(differences.filter(\.isFinite))
        return QuantileDifference(difference: difference, interval: interval, isPaired: isPaired)
    }
}

/// Resamples of one list, sorted once: a resample is how often each value was drawn.
private struct BlockResample {
    /// Places of the values from the least to the greatest.
    private let order: [Int]
    private let sorted: [Double]
    private let blockLength: Int
    private let index: Int
    private let weight: (below: Double, above: Double)
    private var drawn: [UInt32]

    /// At least two values, none of them NaN.
    init(_ values: [Double], _ part: Int, _ parts: Int) {
        let count = values.count
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        self.order = order
        sorted = order.map { values[$0] }
        var length = 1
        while length * length * length < count { length += 1 }
        blockLength = length
        // The exclusive rule, as in `SampleQuantiles`.
        index = min(max(part * (count + 1) / parts, 1), count - 1)
        let delta = Double(part * (count + 1) - index * parts) / Double(parts)
        weight = (1 - delta, delta)
        drawn = [UInt32](repeating: 0, count: count)
    }

    mutating func draw(_ generator: inout SeededGenerator) {
        for place in drawn.indices { drawn[place] = 0 }
        var left = drawn.count
        while left > 0 {
            var place = generator.below(drawn.count)
            for _ in 0..<min(left, blockLength) {
                drawn[place] += 1
                place = place + 1 == drawn.count ? 0 : place + 1
            }
            left -= min(left, blockLength)
        }
    }

    /// The same places as another resample of the same length.
    mutating func draw(as other: BlockResample) { drawn = other.drawn }

    /// Walks down from the greatest value: quantiles of interest lie in the upper tail.
    var quantile: Double {
        // The value of rank r is the one at which count - r + 1 values or more have been passed from the top.
        let aboveNeeded = sorted.count - index
        var passed = 0
        var above: Double?
        for position in order.indices.reversed() {
            passed += Int(drawn[order[position]])
            if above == nil, passed >= aboveNeeded { above = sorted[position] }
            if passed > aboveNeeded { return sorted[position] * weight.below + (above ?? sorted[position]) * weight.above }
        }
        return sorted[0]
    }
}
