package import GatehouseCore
import Gates
package import Rollouts
import Serving
package import Storage

/// What a shadow run has shown, with how its predictions lie against production's.
package struct ShadowPicture: Sendable {
    package let report: ShadowReport
    package let plane: DecisionPlane
    /// What the policy asks for.
    package let requirements: ShadowRequirements
}

extension SQLTransaction {
    /// What a shadow run has shown so far, judged by what the policy of its model asks for.
    package func shadowReport(of run: ShadowRun, under policies: PolicyBook, at now: Timestamp) throws -> ShadowReport {
        try shadowPicture(of: run, under: policies, at: now).report
    }

    package func shadowPicture(of run: ShadowRun, under policies: PolicyBook, at now: Timestamp) throws -> ShadowPicture {
        let policy = try policies.policy(for: run.model, self).policy
        let requirements = ShadowRequirements(policy)
        let until = run.stopped ?? now
        var counts = ShadowCounts()
        // Windows begin with the minute; nothing was copied to this version before the run.
        let first = Timestamp(milliseconds: run.started.milliseconds - run.started.milliseconds % WindowSpan.minute)
        for window in try armWindows(endpoint: run.endpoint, from: first, until: until) where run.covers(window.segment) {
            counts.add(window.shadow)
        }
        var tally = ShadowTally(decisionThreshold: requirements.decisionThreshold)
        var plane = DecisionPlane(threshold: requirements.decisionThreshold)
        let label = policy.evaluation.label ?? ""
        _ = try rows(
            """
            SELECT p.document, o.value FROM shadow_pair p
            LEFT JOIN outcome o ON o.endpoint = p.endpoint AND o.subject = 'r:' || p.request_id AND o.label = \(label)
            WHERE p.endpoint = \(run.endpoint) AND p.shadow_version = \(run.version) AND p.at >= \(run.started)
                AND p.at < \(until)
            LIMIT \(RecordSample.Kind.shadow.rowsMax * 2)
            """
        ) { row in
            let pair: ShadowPair = try StoredJSON.value(row.text("document"))
            guard run.covers(pair.segment) else { return }
            tally.observe(pair, labels: try row.optional("value", row.double).map { [$0] }, on: &plane)
        }
        plane.finish()
        return ShadowPicture(
            report: ShadowReport(tally, counts: counts, startedAt: run.started, until: until, requirements: requirements),
            plane: plane, requirements: requirements)
    }
}

extension ShadowRequirements {
    /// A policy without rules for a shadow asks for what rules have by default.
    fileprivate init(_ policy: Policy) {
        let rules = policy.shadow ?? ShadowRules()
        self.init()
        minSeconds = Int(rules.minDuration.components.seconds)
        minRequests = rules.minRequests
        minCoverage = rules.minCoverage
        maxDisagreement = rules.maxDisagreement
        decisionThreshold = policy.evaluation.decisionThreshold
    }
}
