import Testing

@testable import Statistics

@Suite struct SampleQuantilesTests {
    @Test("short lists are extrapolated as Python's statistics module does, and flagged")
    func extrapolation() throws {
        // Python 3.11, statistics.quantiles(n=100, method="exclusive").
        let ten = try #require(SampleQuantiles((1...10).map(Double.init)))
        #expect(ten.exclusive(99, of: 100) == 10.89)
        #expect(ten.exclusive(1, of: 100) == 0.11)
        #expect(ten.extrapolates(99, of: 100) && ten.extrapolates(1, of: 100) && !ten.extrapolates(50, of: 100))
        let two = try #require(SampleQuantiles([2, 1]))
        #expect(two.exclusive(99, of: 100) == 2.97)
    }

    @Test("p95 stops being extrapolated at 19 values, p99 at 99", arguments: [(95, 19), (99, 99)])
    func leastCount(_ percentile: Int, _ count: Int) throws {
        let enough = try #require(SampleQuantiles([Double](repeating: 1, count: count)))
        let short = try #require(SampleQuantiles([Double](repeating: 1, count: count - 1)))
        #expect(!enough.extrapolates(percentile, of: 100))
        #expect(short.extrapolates(percentile, of: 100))
    }

    @Test("the least counts for a one-sided 95 % bound", arguments: [(0.9, 29), (0.95, 59), (0.99, 299), (0.999, 2995)])
    func leastCountOfBound(_ share: Double, _ expected: Int) throws {
        #expect(SampleQuantiles.leastCount(share: share, tail: 0.05) == expected)
        let enough = try #require(SampleQuantiles((1...expected).map(Double.init)))
        #expect(enough.upperBound(share, tail: 0.05) == Double(expected))
        let short = try #require(SampleQuantiles((1..<expected).map(Double.init)))
        #expect(short.upperBound(share, tail: 0.05) == nil)
    }

    @Test(
        "the interval's ends are the order statistics that the binomial distribution names",
        // scipy 1.17.1: the tightest ranks with P(Bin < lower) ≤ 2.5 % and P(Bin ≥ upper) ≤ 2.5 %.
        arguments: [
            (22, 0.5, 6.0, 17.0), (100, 0.95, 90, 100), (500, 0.95, 465, 485), (500, 0.99, 490, 500), (72, 0.95, 64, 72),
        ])
    func interval(_ count: Int, _ share: Double, _ lower: Double, _ upper: Double) throws {
        let quantiles = try #require(SampleQuantiles((1...count).map(Double.init).reversed()))
        let interval = quantiles.interval(share)
        #expect(interval.lower == lower && interval.upper == upper)
    }

    @Test("an end that the list does not bound is missing")
    func unbounded() throws {
        let quantiles = try #require(SampleQuantiles((1...71).map(Double.init)))
        #expect(quantiles.interval(0.95).lower == 63)
        #expect(quantiles.interval(0.95).upper == nil)
        #expect(quantiles.interval(0.001).lower == nil)
    }

    @Test("equal values have equal quantiles")
    func constant() throws {
        let quantiles = try #require(SampleQuantiles([Double](repeating: 7, count: 30)))
        #expect([50, 95, 99].allSatisfy { quantiles.exclusive($0, of: 100) == 7 })
    }

    @Test("nothing and one value have no quantile, NaN no rank")
    func tooFew() throws {
        let none = try #require(SampleQuantiles([]))
        #expect(none.exclusive(50, of: 100) == nil && none.interval(0.5).lower == nil && none.interval(0.5).upper == nil)
        #expect(try #require(SampleQuantiles([1])).exclusive(50, of: 100) == nil)
        #expect(SampleQuantiles([1, .nan]) == nil)
    }
}
