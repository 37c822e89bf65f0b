package import GatehouseCore
package import Statistics

/// How a comparison stood as its outcomes came in: the difference and its always-valid interval after so many outcomes, in the
/// order in which the units were first exposed.
package struct ExperimentCourse: Sendable, Equatable {
    package static let pointsMax = 60

    package struct Point: Sendable, Equatable {
        /// Of both arms.
        package let outcomes: Int
        /// Challenger minus champion.
        package let difference: Double
        package let interval: Interval
    }

    /// None while an arm has too few outcomes.
    package let points: [Point]

    /// As in `ExperimentReport`: mature units with an outcome count. `plan` has been checked.
    package init(_ units: [ExperimentUnit], plan: ExperimentPlan, now: Timestamp) {
        let counted = units.filter { unit in
            unit.exposedAt.adding(.seconds(plan.maturitySeconds)) <= now && unit.outcome.map(\.isFinite) ?? false
        }.sorted { $0.exposedAt < $1.exposedAt }
        let step = max(1, counted.count / Self.pointsMax)
        let mixture = NormalMixture(variance: plan.minimalDifference * plan.minimalDifference)
        var (champion, challenger) = (Moments(), Moments())
        var points: [Point] = []
        for (index, unit) in counted.enumerated() {
            guard let outcome = unit.outcome else { continue }
            if unit.isChallenger { challenger.observe(outcome) } else { champion.observe(outcome) }
            let isLast = index == counted.count - 1
            guard (index + 1).isMultiple(of: step) || isLast,
                min(champion.count, challenger.count) >= ExperimentReport.outcomesMin,
                let difference = ArmDifference(control: champion, treatment: challenger),
                let interval = mixture?.interval(difference, alpha: plan.alpha)
            else { continue }
            points.append(Point(outcomes: index + 1, difference: difference.value, interval: interval))
        }
        self.points = points
    }
}
