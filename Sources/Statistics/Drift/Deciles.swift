/// Bucket edges from the deciles of a sample.
package enum Deciles {
    /// The deciles of some numbers, equal ones once: at least two edges, strictly increasing, the least value first and the
    /// greatest last. Bit for bit `numpy.quantile(x, numpy.linspace(0, 1, 11))`; NaN and infinities are left out.
    ///
    /// A single value gets a bucket of its own between two others, and no value the bucket [0, 1]. Where more than nine tenths share the least
    /// or the greatest value, deciles would leave one bucket, in which nothing can ever drift: it is cut next to them.
    package static func edges(of numbers: [Double]) -> [Double] {
        var finite = 0
        for number in numbers { finite &+= number.isFinite ? 1 : 0 }
        // An infinity is rare: then the numbers are copied. NaN ranks above all others and is never reached.
        let hasInfinity = numbers.contains { $0.isInfinite }
        let numbers = hasInfinity ? numbers.filter(\.isFinite) : numbers
        guard finite > 0 else { return [0, 1] }
        let ranks = ranks(count: finite)
        let selected = RankSelection.values(of: numbers, at: ranks)
        let byRank = Dictionary(zip(ranks, selected), uniquingKeysWith: { first, _ in first })
        // A rank that was not selected does not exist among `ranks(count:)`.
        return edges(count: finite, at: { byRank[$0] ?? .nan }) { least, greatest in
            Ends(of: numbers, least, greatest)
        }
    }

    /// The same of values that are sorted already.
    package static func edges(ofSorted sample: SortedValues) -> [Double] {
        let finite = sample.isFinite ? sample.values[...] : sample.values.filter(\.isFinite)[...]
        guard !finite.isEmpty else { return [0, 1] }
        return edges(count: finite.count, at: { finite[finite.startIndex + $0] }) { least, greatest in
            Ends(of: Array(finite), least, greatest)
        }
    }

    /// The two values around every decile; the least and the greatest are among them.
    private static func ranks(count: Int) -> [Int] {
        let below = (0...10).map { Int(position($0, count)) }
        return Set(below + below.map { min($0 + 1, count - 1) }).sorted()
    }

    /// A tenth that is not exact in binary moves the position by an ulp, as it does in numpy.
    private static func position(_ decile: Int, _ count: Int) -> Double {
        decile == 10 ? Double(count - 1) : Double(count - 1) * (Double(decile) * 0.1)
    }

    private static func edges(
        count: Int, at rank: (Int) -> Double, ends: (_ least: Double, _ greatest: Double) -> Ends
    ) -> [Double] {
        let least = rank(0)
        let greatest = rank(count - 1)
        guard least < greatest else { return around(least) }
        var edges = [least]
        for decile in 1...10 {
            let position = position(decile, count)
            let below = Int(position)
            let edge = between(rank(below), rank(min(below + 1, count - 1)), share: position - Double(below))
            if edge > edges[edges.count - 1] { edges.append(edge) }
        }
        return edges.count > 2 ? edges : [least, ends(least, greatest).cut, greatest]
    }

    private static func between(_ below: Double, _ above: Double, share: Double) -> Double {
        let step = above - below
        // The difference of very large numbers overflows.
        guard step.isFinite else { return below * (1 - share) + above * share }
        return share < 0.5 ? below + step * share : above - step * (1 - share)
    }

    /// The two most extreme values of a sample, how often they occur, and their neighbours.
    private struct Ends {
        let least: Double
        let greatest: Double
        private var atLeast = 0
        private var atGreatest = 0
        private var afterLeast: Double
        private var beforeGreatest: Double

        init(of numbers: [Double], _ least: Double, _ greatest: Double) {
            self.least = least
            self.greatest = greatest
            afterLeast = greatest
            beforeGreatest = least
            for number in numbers {
                if number == least { atLeast += 1 } else if number < afterLeast { afterLeast = number }
                if number == greatest { atGreatest += 1 } else if number > beforeGreatest { beforeGreatest = number }
            }
        }

        /// Between the more frequent end and its neighbour, which may be the other end.
        var cut: Double {
            let (low, high) = atLeast >= atGreatest ? (least, afterLeast) : (beforeGreatest, greatest)
            let middle = low / 2 + high / 2
            // Neighbouring doubles have nothing between them: the upper one then begins its bucket.
            return middle > low ? middle : high
        }
    }

    /// Below, at and above the only value there is, so that leaving it is seen on either side.
    private static func around(_ value: Double) -> [Double] {
        let half = max(0.5, value.magnitude * 1e-6)
        let edges = [value - half, value, value.nextUp, value + half].map {
            min(max($0, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
        }
        // The greatest numbers have nothing beyond them.
        return edges.enumerated().filter { $0.offset == 0 || $0.element > edges[$0.offset - 1] }.map(\.element)
    }
}
