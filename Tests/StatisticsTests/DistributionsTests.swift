import Testing

@testable import Statistics

/// Expected values: scipy 1.17.1 (norm, chi2, t, binom, kstwobign).
@Suite struct DistributionsTests {
    @Test(
        "the normal distribution function agrees with scipy, in the tails too",
        arguments: [
            (-8, 6.22096057427174e-16), (-1.3, 0.09680048458561036), (0.5, 0.6914624612740131), (2.2, 0.9860965524865014),
        ])
    func normalCDF(_ x: Double, _ expected: Double) {
        #expect(nearRelative(Normal.cdf(x), expected))
    }

    @Test(
        "the normal quantile agrees with scipy",
        arguments: [
            (1e-12, -7.034483825301131), (0.01, -2.3263478740408408), (0.3, -0.5244005127080409), (0.975, 1.959963984540054),
            (0.9999, 3.719016485455709),
        ])
    func normalQuantile(_ p: Double, _ expected: Double) {
        #expect(nearRelative(Normal.quantile(p), expected))
    }

    @Test("the normal quantile is infinite at 0 and 1 and NaN outside")
    func normalQuantileEnds() {
        #expect(Normal.quantile(0) == -.infinity)
        #expect(Normal.quantile(1) == .infinity)
        #expect(Normal.quantile(-0.1).isNaN)
        #expect(Normal.quantile(.nan).isNaN)
        #expect(Normal.quantile(0.5).magnitude < 1e-16)
    }

    @Test(
        "both tails of χ² agree with scipy",
        arguments: [
            (0.1, 1, 0.24817036595415076, 0.7518296340458492), (5, 1, 0.9746526813225317, 0.025347318677468325),
            (16.9, 9, 0.9496948098756892, 0.0503051901243108), (3, 20, 4.0975009763948456e-06, 0.9999959024990236),
            (1100, 1000, 0.9853855918737048, 0.014614408126295192), (80, 9, 0.9999999999998384, 1.61613141565346e-13),
        ])
    func chiSquared(_ x: Double, _ degrees: Double, _ lower: Double, _ upper: Double) {
        #expect(nearRelative(ChiSquared.cdf(x, degreesOfFreedom: degrees), lower))
        #expect(nearRelative(ChiSquared.upperTail(x, degreesOfFreedom: degrees), upper))
    }

    @Test(
        "the χ² quantile agrees with scipy",
        arguments: [
            (0.95, 1, 3.841458820694124), (0.95, 9, 16.918977604620448), (0.05, 4, 0.7107230213973239),
            (0.001, 1, 1.5707971492624921e-06), (0.95, 500, 553.1268089342569), (1e-6, 2, 2.0000010000006676e-06),
        ])
    func chiSquaredQuantile(_ p: Double, _ degrees: Double, _ expected: Double) {
        #expect(nearRelative(ChiSquared.quantile(p, degreesOfFreedom: degrees), expected))
    }

    @Test("χ² is 0 below 0 and its tail 0 at infinity")
    func chiSquaredEnds() {
        #expect(ChiSquared.cdf(-1, degreesOfFreedom: 3) == 0)
        #expect(ChiSquared.upperTail(.infinity, degreesOfFreedom: 3) == 0)
        #expect(ChiSquared.quantile(0, degreesOfFreedom: 3) == 0)
        #expect(ChiSquared.quantile(1, degreesOfFreedom: 3) == .infinity)
    }

    @Test(
        "Student's quantile agrees with scipy, on both sides of the change of method at 1000 degrees of freedom",
        arguments: [
            (0.975, 1, 12.706204736174694), (0.975, 4, 2.7764451051977934), (0.975, 30, 2.0422724563012378),
            (0.9, 2.5, 1.7302509288071766), (0.975, 999, 1.9623414611334493), (0.975, 1000, 1.9623390808264083),
            (0.975, 100_000, 1.9599877075346095), (0.025, 9, -2.2621571627982053),
        ])
    func studentQuantile(_ p: Double, _ degrees: Double, _ expected: Double) {
        #expect(nearRelative(StudentT.quantile(p, degreesOfFreedom: degrees), expected))
    }

    @Test(
        "Student's two-sided p agrees with scipy",
        arguments: [
            (0.5, 3, 0.651447964848151), (-1.5839125902358226, 6.2, 0.16271413914576505), (2.1, 40, 0.04208201897650226),
            (6, 1_000_000, 1.97384981235443e-09), (12, 100, 4.395087715604393e-21),
        ])
    func studentP(_ t: Double, _ degrees: Double, _ expected: Double) {
        #expect(nearRelative(StudentT.twoSidedP(t, degreesOfFreedom: degrees), expected, 1e-11))
    }

    @Test("Student's distribution function is symmetric around 0")
    func studentSymmetry() {
        #expect(StudentT.cdf(0, degreesOfFreedom: 5) == 0.5)
        #expect(near(StudentT.cdf(-1.2, degreesOfFreedom: 5) + StudentT.cdf(1.2, degreesOfFreedom: 5), 1))
        #expect(StudentT.quantile(0.5, degreesOfFreedom: 5) == 0)
        #expect(StudentT.twoSidedP(.infinity, degreesOfFreedom: 5) == 0)
    }

    @Test(
        "both binomial tails agree with scipy",
        arguments: [
            (3, 10, 0.4, 0.3822806015999999, 0.8327102464), (55, 59, 0.95, 0.3412267262516028, 0.8281329264418923),
            (94_000, 100_000, 0.94, 0.5018769595438113, 0.5034351186455579), (0, 20, 0.1, 0.12157665459056925, 1),
            (500, 500, 0.99, 1, 0.0065704830424146),
        ])
    func binomial(_ successes: Int, _ trials: Int, _ probability: Double, _ lower: Double, _ upper: Double) {
        #expect(nearRelative(Binomial.cdf(successes, trials: trials, probability: probability), lower, 1e-11))
        #expect(nearRelative(Binomial.upperTail(successes, trials: trials, probability: probability), upper, 1e-11))
    }

    @Test(
        "the Kolmogorov tail agrees with scipy, on both sides of the change of series at 1",
        arguments: [
            (0.3, 0.9999906941986655), (0.8, 0.5441424115741981), (0.999, 0.27107316411506394), (1.0, 0.26999967167735456),
            (1.36, 0.049485876755377876), (3, 3.045995948942526e-08),
        ])
    func kolmogorov(_ x: Double, _ expected: Double) {
        #expect(nearRelative(Kolmogorov.upperTail(x), expected))
    }

    @Test("no distance at all has a Kolmogorov p of 1")
    func kolmogorovAtZero() {
        #expect(Kolmogorov.upperTail(0) == 1)
    }
}
