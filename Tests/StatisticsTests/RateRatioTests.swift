import Testing

@testable import Statistics

@Suite struct RateRatioTests {
    private func ratio(_ successes: Int, _ trials: Int, to others: Int, _ otherTrials: Int) -> RateRatio? {
        RateRatio(
            Share(WeightTotals(rows: successes), of: WeightTotals(rows: trials)),
            to: Share(WeightTotals(rows: others), of: WeightTotals(rows: otherTrials)))
    }

    @Test("the interval is Katz's")
    func interval() throws {
        // numpy: exp(ln 0.3088 ± 1.96 √(1/130 − 1/1000 + 1/421 − 1/1000)).
        let measured = try #require(ratio(130, 1000, to: 421, 1000))
        #expect(near(measured.value ?? .nan, 130.0 / 421))
        #expect(near(measured.interval.lower, 0.2589443655833312) && near(measured.interval.upper, 0.36822735414614627))
    }

    @Test("an empty numerator reaches 0 and stays finite")
    func emptyNumerator() throws {
        let measured = try #require(ratio(0, 50, to: 20, 50))
        #expect(measured.value == 0 && measured.interval.lower == 0)
        #expect(measured.interval.upper > 0 && measured.interval.upper < 1)
        #expect((measured.p(atLeast: 0.8) ?? 1) < 0.01)
    }

    @Test("no trials, or no success at all, is no ratio; an empty denominator has no value")
    func undefined() throws {
        #expect(ratio(0, 0, to: 1, 10) == nil)
        #expect(ratio(0, 10, to: 0, 10) == nil)
        #expect(try #require(ratio(1, 10, to: 0, 10)).value == nil)
    }

    @Test("the test of a least ratio is one half at the ratio itself and agrees with the interval's ends")
    func pValues() throws {
        let measured = try #require(ratio(130, 1000, to: 421, 1000))
        #expect(near(measured.p(atLeast: 130.0 / 421) ?? .nan, 0.5))
        #expect(near(measured.p(atLeast: measured.interval.upper) ?? .nan, 0.025))
        #expect(near(measured.p(atLeast: measured.interval.lower) ?? .nan, 0.975))
        // scipy 1.17.1: norm.cdf((ln(130/421) − ln 0.35) / √(1/130 − 1/1000 + 1/421 − 1/1000)).
        #expect(near(measured.p(atLeast: 0.35) ?? .nan, 0.08154557109221866))
        #expect(measured.p(atLeast: 0) == nil)
        #expect(try #require(ratio(10, 10, to: 10, 10)).p(atLeast: 0.8) == nil, "no variance")
    }

    @Test("weights that double every row count as twice as many effective rows only if the rows are there")
    func weighted() throws {
        let doubled = try #require(
            RateRatio(
                Share(WeightTotals(rows: 130, sum: 260, squares: 520), of: WeightTotals(rows: 1000, sum: 2000, squares: 4000)),
                to: Share(
                    WeightTotals(rows: 421, sum: 842, squares: 1684), of: WeightTotals(rows: 1000, sum: 2000, squares: 4000))))
        let plain = try #require(ratio(130, 1000, to: 421, 1000))
        #expect(near(doubled.interval.lower, plain.interval.lower) && near(doubled.interval.upper, plain.interval.upper))
    }
}
