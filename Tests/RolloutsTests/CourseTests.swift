import GatehouseCore
import Statistics
import Testing

@testable import Rollouts

@Suite("How evidence came together") struct CourseTests {
    @Test("rows stay points while they are few, become squares when they are many, and every one is counted once")
    func plane() {
        var few = DecisionPlane(threshold: 0.5)
        few.observe(production: 0.2, shadow: 0.7)
        few.observe(production: 0.9, shadow: 1)
        few.finish()
        #expect(few.points.count == 2 && few.counts.reduce(0, +) == 2)
        #expect((few.shadowAlone, few.bothYes, few.bothNo, few.productionAlone) == (1, 1, 0, 0))

        var random = SeededGenerator(seed: 1)
        var many = DecisionPlane(threshold: 0.5)
        for _ in 0..<5_000 { many.observe(production: random.uniform(), shadow: random.uniform()) }
        many.finish()
        #expect(many.rows == 5_000 && many.counts.reduce(0, +) == 5_000 && many.outside == 0)
        #expect(many.bothYes + many.bothNo + many.shadowAlone + many.productionAlone == 5_000)
    }

    @Test("predictions that are no probabilities span the plane; what comes later outside is counted at its edge")
    func range() {
        var plane = DecisionPlane(threshold: 100)
        for index in 0..<DecisionPlane.pointsMax { plane.observe(production: Double(index), shadow: -5) }
        plane.observe(production: 1e300, shadow: -1e300)
        plane.finish()
        #expect(plane.lower == -5 && plane.upper == Double(DecisionPlane.pointsMax - 1))
        #expect(plane.outside == 1 && plane.counts.reduce(0, +) == DecisionPlane.pointsMax + 1)
    }

    @Test("the course of a comparison ends where its report stands")
    func course() throws {
        var plan = ExperimentPlan()
        (plan.percent, plan.maturitySeconds, plan.minimalDifference) = (50, 10, 0.05)
        var random = SeededGenerator(seed: 3)
        let now = Timestamp(milliseconds: 10_000_000)
        let units = (0..<2_000).map { index in
            ExperimentUnit(
                isChallenger: index.isMultiple(of: 2), segment: "default",
                exposedAt: Timestamp(milliseconds: Int64(index) * 1000),
                outcome: random.uniform() < (index.isMultiple(of: 2) ? 0.4 : 0.3) ? 1 : 0)
        }
        var tally = ExperimentTally(plan: plan, now: now)
        for unit in units { tally.observe(unit) }
        let report = ExperimentReport(tally, plan: plan)
        let course = ExperimentCourse(units, plan: plan, now: now)
        let last = try #require(course.points.last)
        #expect(last.outcomes == 2_000)
        #expect(abs(last.difference - (report.difference ?? 0)) < 1e-12)
        #expect(abs(last.interval.lower - (report.interval?.lower ?? 0)) < 1e-12)
        #expect(course.points.count <= ExperimentCourse.pointsMax + 1)
        #expect(course.points.allSatisfy { $0.interval.contains($0.difference) })
    }

    @Test("what is not mature, or too little, has no course")
    func absent() {
        let plan = ExperimentPlan()
        let units = (0..<500).map { index in
            ExperimentUnit(
                isChallenger: index.isMultiple(of: 2), segment: "default", exposedAt: Timestamp(milliseconds: 0), outcome: 1)
        }
        #expect(ExperimentCourse(units, plan: plan, now: Timestamp(milliseconds: 1000)).points.isEmpty)
        #expect(ExperimentCourse([], plan: plan, now: Timestamp(milliseconds: 0)).points.isEmpty)
    }
}
