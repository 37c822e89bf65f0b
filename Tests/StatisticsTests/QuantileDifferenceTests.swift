import Statistics
import Testing

@Suite("Differences of quantiles") struct QuantileDifferenceTests {
    private func times(_ count: Int, _ generator: inout SeededGenerator, shift: Double = 0) -> [Double] {
        (0..<count).map { _ in 10 + shift + 2 * generator.normal() }
    }

    @Test("the difference is that of the two exclusive quantiles")
    func value() throws {
        // statistics.quantiles([1..100], n=100)[94] = 95.95; of the doubled list 191.9.
        let list = (1...100).map(Double.init)
        let difference = try #require(QuantileDifference.independent(list, list.map { 2 * $0 }, 95, of: 100))
        #expect(abs(difference.difference + 95.95) < 1e-12)
    }

    @Test("nothing is said of lists that are short, of unequal length or hold NaN")
    func refusals() {
        let short = [Double](repeating: 1, count: 58)
        let enough = [Double](repeating: 2, count: 59)
        #expect(QuantileDifference.independent(short, enough, 95, of: 100)?.interval == nil)
        #expect(QuantileDifference.independent(enough, enough, 95, of: 100)?.interval == Interval(lower: 0, upper: 0))
        #expect(QuantileDifference.independent(enough, enough, 99, of: 100)?.interval == nil)
        #expect(QuantileDifference.paired(short, enough, 95, of: 100) == nil)
        #expect(QuantileDifference.independent([1], enough, 95, of: 100) == nil)
        #expect(QuantileDifference.independent([], [], 95, of: 100) == nil)
        #expect(QuantileDifference.paired([.nan] + short, enough, 95, of: 100) == nil)
    }

    @Test("the same seed gives the same interval, another seed another")
    func seeds() {
        var generator = SeededGenerator(seed: 1)
        let (first, second) = (times(200, &generator), times(200, &generator))
        func interval(_ seed: UInt64) -> Interval? {
            QuantileDifference.paired(first, second, 95, of: 100, bootstrap: Bootstrap(seed: seed))?.interval
        }
        #expect(interval(1) == interval(1))
        #expect(interval(1) != interval(2))
    }

    @Test("about 95 of 100 intervals of two equal servers hold no difference")
    func coverage() {
        var generator = SeededGenerator(seed: 7)
        let trials = 200
        let covered = (0..<trials).count { _ in
            let (first, second) = (times(300, &generator), times(300, &generator))
            return QuantileDifference.independent(first, second, 95, of: 100)?.interval?.contains(0) ?? false
        }
        // 99.9 % of binomial counts with p = 0.95 lie within 180…198; the bootstrap is a little conservative for ties.
        #expect((180...200).contains(covered), "\(covered)")
    }

    @Test("what disturbs both servers cancels when requests are paired")
    func pairing() throws {
        var generator = SeededGenerator(seed: 3)
        let disturbance = (0..<400).map { _ in 20 * generator.uniform() }
        let first = disturbance.map { $0 + 0.1 * generator.uniform() }
        let second = disturbance.map { $0 + 0.1 * generator.uniform() }
        let paired = try #require(QuantileDifference.paired(first, second, 95, of: 100)?.interval)
        let apart = try #require(QuantileDifference.independent(first, second, 95, of: 100)?.interval)
        #expect(paired.upper - paired.lower < 0.2 * (apart.upper - apart.lower))
    }

    @Test("stalls that last for many requests widen the interval")
    func blocks() throws {
        var generator = SeededGenerator(seed: 11)
        // 30 of 600 requests are slow: all in one stall, or spread evenly.
        let base = (0..<600).map { _ in generator.uniform() }
        let stalled = base.enumerated().map { $0.offset / 30 == 4 ? $0.element + 50 : $0.element }
        let spread = base.enumerated().map { $0.offset % 20 == 4 ? $0.element + 50 : $0.element }
        let other = [Double](repeating: 1, count: 600)
        let first = try #require(QuantileDifference.independent(stalled, other, 90, of: 100)?.interval)
        let second = try #require(QuantileDifference.independent(spread, other, 90, of: 100)?.interval)
        #expect(first.upper - first.lower > 2 * (second.upper - second.lower))
    }

    @Test("an estimate says what is missing: two values, enough of them, a value inside the list")
    func estimates() throws {
        let empty = try #require(SampleQuantiles([])).estimate(95, of: 100)
        #expect(empty.value == nil && empty.gap == .noValues && empty.upperBound == nil && !empty.isExtrapolated)
        let two = try #require(SampleQuantiles([1, 2])).estimate(99, of: 100)
        // statistics.quantiles([1, 2], n=100)[98] = 2.97
        #expect(two.value == 2.97 && two.isExtrapolated && two.gap == .tooFew && two.countNeeded == 299)
        let enough = try #require(SampleQuantiles((1...59).map(Double.init))).estimate(95, of: 100)
        #expect(enough.gap == nil && enough.upperBound == 59 && enough.upper == nil && enough.countNeeded == 59)
        let median = try #require(SampleQuantiles((1...5).map(Double.init))).estimate(50, of: 100)
        #expect(median.countNeeded == 5 && median.gap == nil)
        #expect(try #require(SampleQuantiles([1])).estimate(5, of: 100).countNeeded == 59)
    }

    @Test("the tail of a list ends at its greatest value and is thinned towards it")
    func tail() throws {
        let sample = try #require(SampleQuantiles((1...10_000).map(Double.init).reversed()))
        let tail = sample.tail(points: 100)
        #expect(tail.count <= 100 && tail.last?.value == 10_000)
        #expect(zip(tail, tail.dropFirst()).allSatisfy { $0.share < $1.share && $0.value < $1.value })
        #expect(tail.count { $0.share > 0.99 } > 30)
        let short = try #require(SampleQuantiles([3, 1, 2])).tail(points: 100)
        #expect(short.map(\.value) == [1, 2, 3] && short.map(\.share) == [0.25, 0.5, 0.75])
        #expect(try #require(SampleQuantiles([])).tail(points: 10).isEmpty)
    }
}
