import Testing

@testable import Statistics

@Suite struct RateRatioTests {
    @Test("the interval is Katz's")
    func interval() throws {
        // numpy: exp(ln 0.3088 ± 1.96 √(1/130 − 1/1000 + 1/421 − 1/1000)).
        let ratio = try #require(RateRatio((130, 1000), to: (421, 1000)))
        #expect(near(try #require(ratio.value), 130.0 / 421))
        #expect(near(ratio.interval.lower, 0.2589443655833312) && near(ratio.interval.upper, 0.36822735414614627))
    }

    @Test("an empty numerator reaches 0 and stays finite")
    func emptyNumerator() throws {
        let ratio = try #require(RateRatio((0, 50), to: (20, 50)))
        #expect(ratio.value == 0 && ratio.interval.lower == 0)
        #expect(ratio.interval.upper > 0 && ratio.interval.upper < 1)
        #expect(try #require(ratio.p(atLeast: 0.8)) < 0.01)
    }

    @Test("no trials, or no success at all, is no ratio; an empty denominator has no value")
    func undefined() throws {
        #expect(RateRatio((0, 0), to: (1, 10)) == nil)
        #expect(RateRatio((0, 10), to: (0, 10)) == nil)
        #expect(try #require(RateRatio((1, 10), to: (0, 10))).value == nil)
    }

    @Test("the test of a least ratio is one half at the ratio itself and agrees with the interval's ends")
    func pValues() throws {
        let ratio = try #require(RateRatio((130, 1000), to: (421, 1000)))
        #expect(near(try #require(ratio.p(atLeast: 130.0 / 421)), 0.5))
        #expect(near(try #require(ratio.p(atLeast: ratio.interval.upper)), 0.025))
        #expect(near(try #require(ratio.p(atLeast: ratio.interval.lower)), 0.975))
        // scipy 1.17.1: norm.cdf((ln(130/421) − ln 0.35) / √(1/130 − 1/1000 + 1/421 − 1/1000)).
        #expect(near(try #require(ratio.p(atLeast: 0.35)), 0.08154557109221866))
        #expect(ratio.p(atLeast: 0) == nil)
        #expect(try #require(RateRatio((10, 10), to: (10, 10))).p(atLeast: 0.8) == nil, "no variance")
    }
}
