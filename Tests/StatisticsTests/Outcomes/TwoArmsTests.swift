import Testing

@testable import Statistics

@Suite struct TwoProportionsTests {
    @Test("two proportions agree with statsmodels")
    func reference() throws {
        let control = try #require(ArmCounts(successes: 120, trials: 1000))
        let treatment = try #require(ArmCounts(successes: 150, trials: 1000))
        let result = try TwoProportions(control: control, treatment: treatment)
        // statsmodels 0.15: proportions_ztest, confint_proportions_2indep(method="newcomb").
        #expect(near(result.zPooled, 1.963049807622355) && near(result.p, 0.04964038686536881))
        #expect(near(result.newcombe.lower, 1.3782434204051563e-05) && near(result.newcombe.upper, 0.060008258570126566))
        #expect(near(result.lift.value, 0.25))
    }

    @Test(
        "without any variance the test says nothing and the intervals stay honest",
        arguments: [(0, 50, 0, 40), (50, 50, 40, 40)])
    func noVariance(_ x: Int, _ n: Int, _ y: Int, _ m: Int) throws {
        let control = try #require(ArmCounts(successes: x, trials: n))
        let treatment = try #require(ArmCounts(successes: y, trials: m))
        let result = try TwoProportions(control: control, treatment: treatment)
        #expect(result.zPooled == nil && result.p == 1)
        #expect(result.newcombe.lower < 0 && result.newcombe.upper > 0)
        #expect(result.score.lower < 0 && result.score.upper > 0)
    }

    @Test("an empty arm is refused by its reason")
    func empty() throws {
        let control = try #require(ArmCounts(successes: 0, trials: 0))
        let treatment = try #require(ArmCounts(successes: 1, trials: 2))
        #expect(throws: MissingReason.emptyArm) { try TwoProportions(control: control, treatment: treatment) }
    }

    @Test("impossible counts do not become arms", arguments: [(-1, 3), (4, 3), (0, -1), (0, Int.max), (Int.min, Int.max)])
    func impossible(_ successes: Int, _ trials: Int) {
        #expect(ArmCounts(successes: successes, trials: trials) == nil)
    }
}

@Suite struct WelchTests {
    @Test("Welch's test agrees with scipy")
    func reference() throws {
        let control = Moments([2.1, 3.4, 1.9, 5.6, 4.4])
        let treatment = Moments([5.2, 6.1, 4.8, 9.9, 7.3, 6.6])
        let test = WelchTest(control: control, treatment: treatment)
        // scipy 1.17.1, ttest_ind(treatment, control, equal_var=False) and its confidence_interval().
        #expect(near(test.t, 3.096701482630511) && near(test.degreesOfFreedom, 8.984444256807338))
        #expect(near(test.p, 0.012816582332663947))
        #expect(near(test.difference.interval?.lower, 0.8536865511928045))
        #expect(near(test.difference.interval?.upper, 5.486313448807195))
    }

    @Test("what cannot be judged has a reason")
    func reasons() {
        #expect(WelchTest(control: Moments(), treatment: Moments([1, 2])).difference.reason == .emptyArm)
        #expect(WelchTest(control: Moments([1]), treatment: Moments([1, 2])).difference.reason == .tooFewRows)
        let constant = WelchTest(control: Moments([1, 1]), treatment: Moments([2, 2]))
        #expect(constant.difference.reason == .noVariance && constant.difference.value == 1 && constant.p == nil)
        let huge = WelchTest(control: Moments([1e308, -1e308, 1e308]), treatment: Moments([1, 2]))
        #expect(huge.difference.reason == .notFinite && huge.p == nil)
    }

    @Test("moments of parts merge to the moments of the whole")
    func merging() {
        let values = (0..<100).map { Double($0 * $0 % 37) }
        let merged = Moments(Array(values[..<33])).merged(with: Moments(Array(values[33...])))
        let whole = Moments(values)
        #expect(merged.count == 100 && near(merged.mean, whole.mean) && near(merged.variance, whole.variance ?? 0))
        #expect(Moments().merged(with: whole) == whole && whole.merged(with: Moments()) == whole)
    }

    @Test("a paired test agrees with scipy, and constant differences are told apart from none")
    func paired() {
        let test = PairedTTest(differences: Moments([0.3, -0.1, 0.4, 0.2, 0.5, 0.1]))
        // scipy 1.17.1, ttest_1samp([…], 0).
        #expect(near(test.t, 2.6457513110645907) && near(test.p, 0.04565912378141167))
        #expect(PairedTTest(differences: Moments([0, 0, 0])).p == 1)
        #expect(PairedTTest(differences: Moments([2, 2, 2])).p == nil)
        #expect(PairedTTest(differences: Moments([2])).difference.reason == .tooFewRows)
        #expect(PairedTTest(differences: Moments()).difference.reason == .emptyArm)
    }
}

@Suite struct MannWhitneyTests {
    @Test("U and both p-values agree with scipy")
    func reference() throws {
        let test = try MannWhitney(control: [1.1, 2.2, 0.3, 4.4], treatment: [3.5, 5.1, 6.2, 2.9, 7.7])
        // scipy 1.17.1, mannwhitneyu(treatment, control, method="exact" and "asymptotic").
        #expect(test.u == 18 && near(test.pExact, 0.06349206349206349) && near(test.pAsymptotic, 0.06619257972219345))
        #expect(test.p == test.pExact)
    }

    @Test("ties have no exact p, and equal values no evidence")
    func ties() throws {
        let test = try MannWhitney(control: [1, 2, 2], treatment: [2, 3, 3])
        #expect(test.pExact == nil && test.exactReason == .ties && test.p == test.pAsymptotic)
        let equal = try MannWhitney(control: [4, 4], treatment: [4, 4, 4])
        #expect(equal.p == 1 && equal.z == 0 && equal.shift.value == 0 && equal.shift.reason == .noVariance)
        #expect(throws: MissingReason.emptyArm) { try MannWhitney(control: [], treatment: [1]) }
        #expect(throws: MissingReason.notFinite) { try MannWhitney(control: [.nan], treatment: [1]) }
    }

    @Test("the chances of all values of U add up to 1", arguments: [(1, 1), (2, 7), (50, 50), (1, 2500)])
    func exactSum(_ n: Int, _ m: Int) throws {
        // All of the treatment above all of the control: one order in (n+m)!/(n! m!) on either side.
        let test = try MannWhitney(control: (0..<n).map(Double.init), treatment: (0..<m).map { Double($0 + n) })
        let orders = (0..<min(n, m)).reduce(1.0) { $0 * Double(n + m - $1) / Double($1 + 1) }
        let p = try #require(test.pExact)
        #expect(nearRelative(p, min(1, 2 / orders), 1e-11))
    }

    @Test("the k-th difference is the one that sorting all of them finds")
    func selection() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<50 {
            let a = (0..<(1 + generator.below(12))).map { _ in Double(generator.below(9)) - 4 }.sorted()
            let b = (0..<(1 + generator.below(12))).map { _ in (generator.normal() * 4).rounded() / 2 }.sorted()
            let all = b.flatMap { b in a.map { b - $0 } }.sorted()
            let found = all.indices.map { PairwiseDifferences(a, b).value(at: $0) }
            #expect(found == all)
        }
    }
}

@Suite struct SampleRatioTests {
    @Test("χ² of the split agrees with scipy")
    func reference() throws {
        let split = try #require(Split(weights: [0.5, 0.3, 0.2]))
        let test = try SampleRatioTest(counts: [520, 270, 210], split: split)
        // scipy 1.17.1, chisquare([520, 270, 210], [500, 300, 200]).
        #expect(near(test.chiSquared, 4.3) && near(test.p, 0.11648415777349696))
        #expect(!test.isMismatch && !test.isApproximate)
        #expect(throws: MissingReason.emptyArm) { try SampleRatioTest(counts: [0, 0, 0], split: split) }
    }

    @Test("weights are scaled, and impossible ones refused")
    func weights() {
        #expect(Split(weights: [9, 1]) == Split(weights: [0.9, 0.1]))
        for weights in [
            [], [1], [1, 0], [1, -1], [1, .nan], [1, .infinity], [.greatestFiniteMagnitude, .greatestFiniteMagnitude],
        ] {
            #expect(Split(weights: weights) == nil)
        }
    }

    @Test("row by row or all at once, the Bayes factor is the same")
    func incremental() throws {
        let split = try #require(Split(weights: [2, 1, 1]))
        var rows = try #require(SequentialSampleRatio(split: split, concentration: 7))
        var once = rows
        var generator = SeededGenerator(seed: 8)
        var counts = [0, 0, 0]
        for _ in 0..<1000 {
            let arm = generator.below(3)
            counts[arm] += 1
            rows.observe(arm: arm)
        }
        once.observe(counts: counts)
        #expect(near(rows.logBayesFactor, once.logBayesFactor, 1e-10))
        #expect(rows.p <= once.p && rows.firstMismatch != nil)
    }

    @Test("a kept split is rarely called broken, however often one looks")
    func falseAlarms() throws {
        let split = try #require(Split.even(arms: 2))
        var generator = SeededGenerator(seed: 21)
        var alarms = 0
        for _ in 0..<400 {
            var test = try #require(SequentialSampleRatio(split: split))
            for _ in 0..<1000 { test.observe(arm: generator.below(2)) }
            alarms += test.p < 0.05 ? 1 : 0
        }
        // At most 5 % by Ville's inequality: 20 of 400, and 36 is beyond three standard deviations of that.
        #expect(alarms < 36)
    }
}
