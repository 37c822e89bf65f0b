import Testing

@testable import Statistics

/// Reference values: scipy 1.17.1 (kstwo.sf, ncx2.cdf, ks_2samp, wasserstein_distance, cramervonmises_2samp).
@Suite struct DriftDistributionsTests {
    @Test(
        "the distribution of the Kolmogorov–Smirnov distance agrees with scipy in each of its regions",
        arguments: [
            (1, 0.75, 0.5), (5, 0.3, 0.664), (50, 0.12, 0.4337679661310233), (139, 0.13, 0.016534076130788222),
            (140, 0.2, 2.1981563302200222e-05), (141, 0.13, 0.015449346308454497), (1000, 0.02, 0.8108971656895577),
            (1000, 0.05, 0.013012074781090332), (5000, 0.02, 0.03613941395325637), (100_001, 0.003, 0.32845050055711633),
            (500_000, 0.0024, 0.006292117403245131), (3_000_000, 0.001, 0.0049542003601089),
        ])
    func kolmogorov(rows: Double, x: Double, expected: Double) {
        #expect(near(Kolmogorov.upperTail(x, rows: rows), expected))
    }

    @Test("beyond their ends the tails are 1 and 0")
    func kolmogorovEnds() {
        #expect(Kolmogorov.upperTail(0, rows: 7) == 1)
        #expect(Kolmogorov.upperTail(0.07, rows: 7) == 1)
        #expect(Kolmogorov.upperTail(1, rows: 7) == 0)
        #expect(Kolmogorov.upperTail(0.5, rows: 1e8) == 0)
    }

    @Test(
        "the noncentral χ² distribution agrees with scipy",
        arguments: [
            (5, 3, 2, 0.5934051800831555), (20, 9, 30, 0.03455408636783433), (150, 9, 120, 0.8283006097347202),
            (3000, 9, 2900, 0.8014894003920188), (1e-3, 4, 1, 7.579738094742831e-08),
        ])
    func noncentral(x: Double, freedom: Double, noncentrality: Double, expected: Double) {
        #expect(
            near(NoncentralChiSquared.cdf(x, degreesOfFreedom: freedom, noncentrality: noncentrality), expected, 1e-11))
    }

    @Test("the interval of the noncentrality inverts the distribution and ends at 0 where chance explains the value")
    func noncentralInterval() {
        let interval = NoncentralChiSquared.noncentralityInterval(60, degreesOfFreedom: 9)
        for (end, level) in [(interval.lower, 0.975), (interval.upper, 0.025)] {
            #expect(near(NoncentralChiSquared.cdf(60, degreesOfFreedom: 9, noncentrality: end), level, 1e-9))
        }
        #expect(NoncentralChiSquared.noncentralityInterval(1, degreesOfFreedom: 9) == Interval(lower: 0, upper: 0))
        #expect(NoncentralChiSquared.noncentralityInterval(9, degreesOfFreedom: 9).lower == 0)
        #expect(NoncentralChiSquared.noncentralityInterval(9, degreesOfFreedom: 9).upper > 0)
    }
}

@Suite struct SampleDistanceTests {
    private func distance(_ reference: [Double], _ current: [Double]) throws -> SampleDistance {
        try #require(SampleDistance(reference: SortedValues(reference), current: SortedValues(current)))
    }

    private func sequence(_ count: Int, _ step: Int, _ modulus: Int, _ unit: Double) -> [Double] {
        (0..<count).map { Double($0 * step % modulus) / unit }
    }

    @Test("distances of tied and unequal samples agree with scipy")
    func tied() throws {
        let found = try distance([1.5, 2, 2, 3.25, 5, 8, 8, 9], [0, 2, 2.5, 3, 8, 8.5, 12, 13, 14, 20])
        #expect(near(found.kolmogorovSmirnov, 0.4))
        #expect(near(found.kolmogorovSmirnovP, 0.39174550939256825))
        #expect(near(found.wasserstein, 3.76875))
        #expect(near(found.normalizedWasserstein, 3.76875 / 2.8964889845293733))
        #expect(found.cramerVonMisesP == nil)
    }

    @Test("p-values agree with scipy for equal, unequal and large samples")
    func pValues() throws {
        #expect(near(try distance([1, 4, 6, 7], [2, 3, 8, 9]).kolmogorovSmirnovP, 0.7714285714285716))
        let unequal = try distance(sequence(300, 7919, 1000, 10), sequence(200, 104_729, 1000, 9))
        #expect(near(unequal.kolmogorovSmirnovP, 0.17313583335670987))
        #expect(near(unequal.wasserstein, 5.008333333333334))
        let large = try distance(sequence(12_000, 7919, 12_007, 1000), sequence(9000, 104_729, 12_011, 990))
        #expect(near(large.kolmogorovSmirnov, 0.012083333333333335))
        #expect(near(large.kolmogorovSmirnovP, 0.4371179618861243))
        let small = try distance(
            Array(sequence(41, 7919, 12_007, 1000).dropFirst()), Array(sequence(31, 104_729, 12_011, 900).dropFirst()))
        #expect(near(small.cramerVonMises, 0.07404761904762047))
        #expect(near(small.cramerVonMisesP, 0.7459488021999098))
    }

    @Test("equal samples are no distance apart, and samples without overlap the whole one")
    func extremes() throws {
        let same = try distance([3, 1, 2], [2, 3, 1])
        #expect(same.kolmogorovSmirnov == 0 && same.kolmogorovSmirnovP == 1 && same.wasserstein == 0)
        let apart = try distance([1, 1], [2, 2, 2])
        #expect(apart.kolmogorovSmirnov == 1)
        #expect(near(apart.kolmogorovSmirnovP, 0.2))
        #expect(apart.normalizedWasserstein == nil, "a constant reference has no unit")
        #expect(SampleDistance(reference: SortedValues([.nan]), current: SortedValues([1])) == nil)
        #expect(SampleDistance(reference: SortedValues([]), current: SortedValues([1])) == nil)
    }

    @Test("an infinite value leaves the ranks and takes the earth mover's distance away")
    func infinite() throws {
        let found = try distance([1, 2, .infinity], [1, 2, 3])
        #expect(found.wasserstein == nil && found.normalizedWasserstein == nil)
        #expect(near(found.kolmogorovSmirnov, 1.0 / 3))
        #expect(try distance([-1e308, 1e308], [1e308, 1e308]).wasserstein == nil)
    }
}
