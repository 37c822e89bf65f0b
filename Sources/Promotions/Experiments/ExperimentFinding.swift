package import GatehouseCore
package import Rollouts
import Serving
package import Storage

/// What an experiment has shown so far.
package struct ExperimentFinding: Sendable {
    package let experiment: SlotExperiment
    package let report: ExperimentReport
    /// Of the units; the same share in both arms, everything about them.
    package let keptShare: Double
    /// How often each arm answered for which reason, of all requests.
    package let requests: [ExposureTally]
    /// How it came to that; nil where it was not asked for.
    package let course: ExperimentCourse?
}

extension SQLTransaction {
    /// Units exposed while it ran, with every outcome that is known by now: labels that come after the end still count.
    package func finding(
        of experiment: SlotExperiment, at now: Timestamp, withCourse: Bool = false
    ) throws -> ExperimentFinding {
        // Each arm's sample is cut down by itself; a comparison of counts needs the same share of both.
        let places = try [ArmName.champion, .challenger].map {
            try sample(.exposure, scope: "\(experiment.id)/\($0.rawValue)").places
        }
        let kept = places.min() ?? RecordSample.placesMax
        let known = try experiment.covariate.map { try covariates($0, of: experiment.id) } ?? [:]
        var tally = ExperimentTally(plan: experiment.plan, now: now)
        var units: [ExperimentUnit] = []
        for unit in try exposedUnits(of: experiment.id, label: experiment.label, until: experiment.stopped ?? now)
        where Int64(unit.unitHash.prefix(4), radix: 16) ?? 0 < kept {
            let seen = ExperimentUnit(
                isChallenger: unit.arm == .challenger, segment: unit.segment, exposedAt: unit.first, outcome: unit.outcome,
                covariate: known[unit.unitHash])
            tally.observe(seen)
            if withCourse { units.append(seen) }
        }
        return ExperimentFinding(
            experiment: experiment, report: ExperimentReport(tally, plan: experiment.plan),
            keptShare: Double(kept) / Double(RecordSample.placesMax),
            requests: try exposureTallies(of: experiment.id),
            course: withCourse ? ExperimentCourse(units, plan: experiment.plan, now: now) : nil)
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
