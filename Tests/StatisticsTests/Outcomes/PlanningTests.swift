import Testing

@testable import Statistics

@Suite struct GroupSequentialTests {
    @Test(
        "bounds are those of the recursion integrated another way",
        // numpy 2.4 and scipy 1.17.1: the same recursion by Simpson's rule with 2,001 points, roots by brentq. Published tables
        // (Lan and DeMets's functions, two-sided .05) agree to their three or four digits.
        arguments: [
            (SpendingFunction.obrienFleming, [4.332633646051616, 2.9631315976797024, 2.3590442853012235, 2.0140901439312473]),
            (
                .obrienFleming,
                [4.876884948790766, 3.357011921574512, 2.680280064545195, 2.289816767712509, 2.0310320433107134]
            ),
            (.pocock, [2.4379766880500116, 2.4268138581502945, 2.4101938402717353, 2.3966454006495015, 2.385984571623782]),
        ])
    func reference(spending: SpendingFunction, bounds: [Double]) throws {
        let design = try #require(GroupSequentialDesign(looks: bounds.count, spending: spending))
        for (found, expected) in zip(design.bounds, bounds) { #expect(near(found, expected, 1e-9)) }
    }

    @Test("a single look is the plain test", arguments: [true, false])
    func single(isTwoSided: Bool) throws {
        let design = try #require(GroupSequentialDesign(looks: 1, isTwoSided: isTwoSided))
        #expect(near(design.bounds[0], Normal.quantile(isTwoSided ? 0.975 : 0.95), 1e-10))
        #expect(near(design.inflation(power: 0.8), 1, 1e-3))
    }

    @Test("false alarms add up to alpha", arguments: SpendingFunction.allCases, [true, false])
    func spent(spending: SpendingFunction, isTwoSided: Bool) throws {
        let design = try #require(
            GroupSequentialDesign(shares: [0.1, 0.15, 0.5, 0.51, 1], isTwoSided: isTwoSided, spending: spending))
        for (chance, spent) in zip(design.crossingChance(drift: 0), design.spent) { #expect(near(chance, spent, 1e-9)) }
        #expect(near(design.spent.last, 0.05, 1e-12))
    }

    @Test("paths simulated without a difference cross the bounds about as often as promised")
    func simulated() throws {
        let design = try #require(GroupSequentialDesign(looks: 5, spending: .pocock))
        var generator = SeededGenerator(seed: 4)
        var crossed = 0
        for _ in 0..<4000 {
            var sum = 0.0
            for (look, bound) in design.bounds.enumerated() {
                sum += generator.normal()
                guard abs(sum) / Double(look + 1).squareRoot() < bound else {
                    crossed += 1
                    break
                }
            }
        }
        // 200 expected, standard deviation 14.
        #expect((155...245).contains(crossed))
    }

    @Test("plans that are none are refused")
    func refused() {
        for shares in [[], [0], [0.5, 0.5], [0.6, 0.5], [0.5, 1.1], [.nan], [0.5, 0.50001]] {
            #expect(GroupSequentialDesign(shares: shares) == nil)
        }
        #expect(GroupSequentialDesign(looks: 51) == nil && GroupSequentialDesign(looks: 0) == nil)
        #expect(GroupSequentialDesign(looks: 2, alpha: 0) == nil)
    }
}

@Suite struct ComparisonDesignTests {
    @Test("10 % to 12 % takes 3,841 rows an arm, and a canary of a tenth 18,691 + 2,077")
    func rates() throws {
        let even = try #require(ComparisonDesign())
        #expect(even.sizes(controlRate: 0.1, treatmentRate: 0.12) == ArmSizes(control: 3841, treatment: 3841))
        let canary = try #require(ComparisonDesign(shares: (0.9, 0.1)))
        #expect(canary.sizes(controlRate: 0.1, treatmentRate: 0.12) == ArmSizes(control: 18691, treatment: 2077))
    }

    @Test("nothing to see takes no number of rows")
    func impossible() throws {
        let design = try #require(ComparisonDesign())
        #expect(design.sizes(controlRate: 0.1, treatmentRate: 0.1) == nil)
        #expect(design.sizes(controlRate: 0.1, treatmentRate: 0.1 + 1e-14) == nil)
        #expect(design.sizes(effect: 0) == nil && design.sizes(effect: 1e-12) == nil && design.sizes(effect: .nan) == nil)
        #expect(design.sizes(controlRate: 0.2, treatmentRate: 0.1, margin: 0.05) == nil)
        #expect(ComparisonDesign(alpha: 0.5, power: 0.4) == nil && ComparisonDesign(shares: (1, 0)) == nil)
        #expect(design.detectableEffect(controlRows: 1) == nil)
    }

    @Test("the power of a t test agrees with statsmodels")
    func means() throws {
        let design = try #require(ComparisonDesign())
        // statsmodels 0.15, TTestIndPower().power(0.5, 30, 0.05).
        #expect(near(design.power(effect: 0.5, controlRows: 30), 0.4778965207601643, 1e-9))
        // TTestIndPower().solve_power(0.5, power=0.8, alpha=0.05) is 63.77.
        #expect(design.sizes(effect: 0.5) == ArmSizes(control: 64, treatment: 64))
        #expect(near(design.power(effect: 1e-6, controlRows: 4e12), Normal.cdf(2.0.squareRoot() - 1.959963984540054), 1e-2))
    }

    @Test("the power against a margin is that of SciPy and statsmodels, and reaches the design's with the rows it asks for")
    func margins() throws {
        let design = try #require(ComparisonDesign())
        let uneven = try #require(ComparisonDesign(shares: (2, 1)))
        // scipy 1.17.1: norm.cdf(distance √n / √(p₀q₀ + p₁q₁/r) − norm.ppf(0.975)).
        #expect(
            near(
                design.power(controlRate: 0.1, treatmentRate: 0.1, margin: 0.02, controlRows: 3532), 0.8000004574053321, 1e-12))
        #expect(
            near(
                uneven.power(controlRate: 0.1, treatmentRate: 0.11, margin: 0.02, higherIsBetter: false, controlRows: 3000),
                0.174785282973831, 1e-12))
        #expect(design.sizes(controlRate: 0.1, treatmentRate: 0.1, margin: 0.02)?.control == 3532)
        #expect(design.power(controlRate: 0, treatmentRate: 0, margin: 0.02, controlRows: 5) == 1)
        // statsmodels 0.15: TTestIndPower().power(effect, n, 0.025, ratio, alternative="larger").
        #expect(near(design.power(aboveMargin: 0.2, controlRows: 400), 0.8064964238434804, 1e-9))
        #expect(near(uneven.power(aboveMargin: 0.3, controlRows: 90), 0.37120654293975075, 1e-9))
    }

    @Test("the power of a paired comparison of AUCs grows with the root of the rows")
    func pairedPower() throws {
        let design = try #require(ComparisonDesign())
        // scipy 1.17.1: norm.cdf((difference + margin) / (0.0139 √(520/n)) − norm.ppf(0.975)).
        for (difference, rows, expected) in [(0.0, 7886.0, 0.8000145869055375), (0.005, 1000, 0.32151352413110446)] {
            let power = AUCPrecision.pairedPower(
                pilotStandardError: 0.0139, pilotRows: 520, margin: 0.01, difference: difference, design: design, rows: rows)
            #expect(near(power, expected, 1e-12))
        }
    }

    @Test("an AUC of .75 within .05 takes 139 positives of 1 in 5")
    func auc() throws {
        let rows = try #require(AUCPrecision.rows(auc: 0.75, halfWidth: 0.05, positiveRate: 0.2))
        #expect(rows.positives == 139 && rows.negatives == 556)
        #expect(AUCPrecision.rows(auc: 1, halfWidth: 0.05, positiveRate: 0.2) == nil)
        #expect(AUCPrecision.rows(auc: 0.75, halfWidth: 1e-9, positiveRate: 0.2) == nil)
    }
}

@Suite struct AdjustmentTests {
    @Test("a covariate that explains the outcome takes the noise out of the difference")
    func covariate() throws {
        var (control, treatment) = (JointMoments(), JointMoments())
        var generator = SeededGenerator(seed: 2)
        for row in 0..<400 {
            let x = generator.normal()
            let y = 3 * x + generator.normal()
            if row % 2 == 0 { control.observe(x: x, y: y) } else { treatment.observe(x: x, y: y + 1) }
        }
        let adjusted = CovariateAdjustment(control: control, treatment: treatment)
        let reduction = try #require(adjusted.varianceReduction)
        let correlation = try #require(adjusted.correlation)
        let difference = try #require(adjusted.difference.value)
        #expect(reduction > 0.85 && near(correlation * correlation, reduction, 0.02) && abs(difference - 1) < 0.3)
        let halves = JointMoments().merged(with: control)
        #expect(halves == control)
    }

    @Test("a covariate without variance adjusts nothing")
    func constantCovariate() {
        var arm = JointMoments()
        for y in [1.0, 2, 3, 4] { arm.observe(x: 5, y: y) }
        #expect(CovariateAdjustment(control: arm, treatment: arm).difference.reason == .uninformativeCovariate)
        #expect(CovariateAdjustment(control: JointMoments(), treatment: arm).difference.reason == .emptyArm)
    }

    @Test("a verdict reads the interval from the side that is better")
    func verdict() {
        let gain = Interval(lower: 0.01, upper: 0.03)
        #expect(OutcomeVerdict(gain) == .better && OutcomeVerdict(gain, higherIsBetter: false) == .worse)
        let even = Interval(lower: -0.005, upper: 0.02)
        #expect(OutcomeVerdict(even) == .notDecided && OutcomeVerdict(even, margin: 0.01) == .notInferior)
        let loss = Interval(lower: -0.03, upper: -0.005)
        #expect(OutcomeVerdict(loss) == .worse && OutcomeVerdict(loss, margin: 0.01) == .notDecided)
        #expect(OutcomeVerdict(loss, margin: 0.001) == .worse && OutcomeVerdict(loss, margin: 0.05) == .notInferior)
    }
}
