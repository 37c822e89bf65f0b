import GatehouseCore
import Rollouts
import Statistics
import Testing

@Suite("Experiment report")
struct ExperimentReportTests {
    private static let now = Timestamp(milliseconds: 1_000_000_000_000)

    private static func plan() -> ExperimentPlan {
        var plan = ExperimentPlan()
        plan.percent = 100.0 / 3
        plan.maturitySeconds = 3_600
        plan.minimalDifference = 0.02
        return plan
    }

    private static func unit(
        _ isChallenger: Bool, _ outcome: Double?, age: Int64 = 7_200, segment: String = "default", covariate: Double? = nil
    ) -> ExperimentUnit {
        ExperimentUnit(
            isChallenger: isChallenger, segment: segment, exposedAt: now.adding(.seconds(-age)), outcome: outcome,
            covariate: covariate)
    }

    // numpy 2.3, by the formulas of Robbins (1970) and Johari et al. (2015) with tau = 0.02 and unbiased variances:
    // 400 of 2000 against 250 of 1000.
    @Test("difference, interval and p are those of the always-valid mixture")
    func reference() throws {
        var tally = ExperimentTally(plan: Self.plan(), now: Self.now)
        for number in 0..<2000 { tally.observe(Self.unit(false, number % 5 == 0 ? 1 : 0)) }
        for number in 0..<1000 { tally.observe(Self.unit(true, number % 4 == 0 ? 1 : 0)) }
        let report = ExperimentReport(tally, plan: Self.plan())
        #expect(abs(try #require(report.difference) - 0.04999999999999999) < 1e-12)
        #expect(abs(try #require(report.interval).lower - (-0.0055533155166955644)) < 1e-12)
        #expect(abs(try #require(report.interval).upper - 0.10555331551669554) < 1e-12)
        #expect(abs(try #require(report.p) - 0.09633272144780317) < 1e-12)
        #expect(report.needed == ArmSizes(control: 10_507, treatment: 5_254))
        #expect(!report.isMismatched)
    }

    @Test("units that are not mature count as exposed only, outcome or not")
    func maturity() {
        var tally = ExperimentTally(plan: Self.plan(), now: Self.now)
        for _ in 0..<200 { tally.observe(Self.unit(true, 1, age: 3_599)) }
        tally.observe(Self.unit(true, 1, age: 3_600))
        let report = ExperimentReport(tally, plan: Self.plan())
        #expect(report.challenger.exposed == 201 && report.challenger.matured == 1 && report.challenger.labelled == 1)
        #expect(report.verdict == .notDecided)
        #expect(report.reason == .sampleRatioMismatch)
    }

    @Test("a sample ratio mismatch decides nothing, however large the difference")
    func mismatch() {
        var tally = ExperimentTally(plan: Self.plan(), now: Self.now)
        for number in 0..<2000 { tally.observe(Self.unit(number % 2 == 0, number % 2 == 0 ? 1 : 0)) }
        let report = ExperimentReport(tally, plan: Self.plan())
        #expect(report.isMismatched)
        #expect(report.verdict == .notDecided && report.reason == .sampleRatioMismatch)
    }

    @Test("outcomes missing more often in one arm are flagged")
    func coverage() {
        var tally = ExperimentTally(plan: Self.plan(), now: Self.now)
        for number in 0..<2000 { tally.observe(Self.unit(false, number % 10 == 0 ? nil : Double(number % 2))) }
        for number in 0..<1000 { tally.observe(Self.unit(true, number % 2 == 0 ? nil : Double(number % 3 == 0 ? 1 : 0))) }
        let report = ExperimentReport(tally, plan: Self.plan())
        #expect(report.isCoverageBiased)
        #expect(report.champion.coverage == 0.9 && report.challenger.coverage == 0.5)
    }

    @Test("a covariate that explains the outcome narrows the difference")
    func covariate() throws {
        var random = SeededGenerator(seed: 3)
        var tally = ExperimentTally(plan: Self.plan(), now: Self.now)
        for number in 0..<3000 {
            let covariate = random.normal()
            let arm = number % 3 == 0
            let outcome = covariate + 0.1 * random.normal() + (arm ? 0.05 : 0)
            tally.observe(Self.unit(arm, outcome, covariate: covariate))
        }
        let adjusted = try #require(ExperimentReport(tally, plan: Self.plan()).adjusted)
        #expect(try #require(adjusted.varianceReduction) > 0.95)
        #expect(abs(try #require(adjusted.difference.value) - 0.05) < 0.02)
    }

    @Test("segments are told apart, and their p corrected for their number")
    func segments() throws {
        var tally = ExperimentTally(plan: Self.plan(), now: Self.now)
        for number in 0..<6000 {
            let (arm, small) = (number % 3 == 0, number / 3 % 2 == 0)
            let good = arm && small ? number / 6 % 7 == 0 : number / 6 % 2 == 0
            tally.observe(Self.unit(arm, good ? 1 : 0, segment: small ? "small" : "large"))
        }
        let report = ExperimentReport(tally, plan: Self.plan())
        #expect(report.segments.map(\.name) == ["large", "small"])
        #expect(try #require(report.segments[1].p) < 0.001)
        #expect(try #require(report.segments[0].p) > 0.05)
    }

    @Test("nothing, one arm only and constant outcomes are each a reason, not a number")
    func degenerate() {
        let plan = Self.plan()
        let empty = ExperimentReport(ExperimentTally(plan: plan, now: Self.now), plan: plan)
        #expect(empty.reason == .emptyArm && empty.difference == nil && empty.sampleRatioP == nil)
        var constant = ExperimentTally(plan: plan, now: Self.now)
        for number in 0..<3000 { constant.observe(Self.unit(number % 3 == 0, 1)) }
        #expect(ExperimentReport(constant, plan: plan).reason == .noVariance)
        #expect(ExperimentReport(constant, plan: plan).json["p"] == 1.0)
        var odd = ExperimentTally(plan: plan, now: Self.now)
        odd.observe(Self.unit(true, .infinity))
        #expect(ExperimentReport(odd, plan: plan).challenger.labelled == 0)
    }

    @Test("a plan that cannot work is refused")
    func plans() {
        for change: @Sendable (inout ExperimentPlan) -> Void in [
            { $0.percent = 0 }, { $0.percent = 100 }, { $0.minimalDifference = 0 }, { $0.alpha = 0.5 }, { $0.margin = -1 },
            { $0.percent = .nan },
        ] {
            var plan = ExperimentPlan()
            change(&plan)
            let changed = plan
            #expect(throws: GatehouseError.self) { try changed.check() }
        }
    }
}
