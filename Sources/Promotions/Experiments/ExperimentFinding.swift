package import GatehouseCore
package import Rollouts
import Serving
package import Storage

/// What an experiment has shown so far.
package struct ExperimentFinding: Sendable, Equatable {
    package let experiment: SlotExperiment
    package let report: ExperimentReport
    /// Of the units; the same share in both arms, everything about them.
    package let keptShare: Double
    /// How often each arm answered for which reason, of all requests.
    package internal(set) var requests: [ExposureTally]
    /// How it came to that.
    package let course: ExperimentCourse
}

extension SQLTransaction {
    /// Units exposed while it ran, with every outcome that is known by now: labels that come after the end still count.
    package func finding(of experiment: SlotExperiment, at now: Timestamp) throws -> ExperimentFinding {
        try finding(of: experiment, at: now, ExperimentBasis(experiment, self)).finding
    }

    /// With when it will say something else though nothing new is known: a unit's outcome counts once it is mature. Nil: never.
    func finding(
        of experiment: SlotExperiment, at now: Timestamp, _ basis: ExperimentBasis
    ) throws -> (finding: ExperimentFinding, until: Timestamp?) {
        let known = try experiment.covariate.map { try covariates($0, of: experiment.id) } ?? [:]
        let maturity = Duration.seconds(experiment.plan.maturitySeconds)
        var tally = ExperimentTally(plan: experiment.plan, now: now)
        var units: [ExperimentUnit] = []
        var until: Timestamp?
        for unit in try exposedUnits(of: experiment.id, label: experiment.label, until: experiment.stopped)
        where Int64(unit.unitHash.prefix(4), radix: 16) ?? 0 < basis.places {
            let seen = ExperimentUnit(
                isChallenger: unit.arm == .challenger, segment: unit.segment, exposedAt: unit.first, outcome: unit.outcome,
                covariate: known[unit.unitHash])
            tally.observe(seen)
            units.append(seen)
            let mature = unit.first.adding(maturity)
            if mature > now { until = min(until ?? mature, mature) }
        }
        let finding = ExperimentFinding(
            experiment: experiment, report: ExperimentReport(tally, plan: experiment.plan),
            keptShare: Double(basis.places) / Double(RecordSample.placesMax), requests: try exposureTallies(of: experiment.id),
            course: ExperimentCourse(units, plan: experiment.plan, now: now))
        return (finding, until)
    }

    /// The mean of what was posted for each unit under a label and happened before it was first exposed: nothing of that can
    /// be an effect of its arm.
    private func covariates(_ label: String, of split: String) throws -> [String: Double] {
        let found = try rows(
            """
            SELECT u.unit_hash, (
                SELECT avg(o.value) FROM outcome o WHERE o.endpoint = u.endpoint AND o.label = \(label)
                    AND o.subject >= 'u:' || u.unit_hash || ':' AND o.subject < 'u:' || u.unit_hash || ';'
                    AND o.event_at < u.first_at) AS value
            FROM (
                SELECT unit_hash, endpoint, min(at) AS first_at FROM exposure WHERE split = \(split)
                GROUP BY unit_hash, endpoint) u
            LIMIT \(Self.unitsReadMax)
            """
        ) { row in (unit: try row.text("unit_hash"), value: try row.optional("value", row.double)) }
        return Dictionary(found.compactMap { row in row.value.map { (row.unit, $0) } }) { first, _ in first }
    }
}
