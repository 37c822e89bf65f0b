package import GatehouseCore
import Gates
package import Rollouts
import Serving
package import Storage

/// What a shadow run has shown, with how its predictions lie against production's.
package struct ShadowPicture: Sendable, Equatable {
    package let report: ShadowReport
    package let plane: DecisionPlane
    /// What the policy asks for.
    package let requirements: ShadowRequirements
}

extension ShadowPicture {
    init(_ run: ShadowRun, _ reading: ShadowReading, _ counts: ShadowCounts, under policy: Policy, at now: Timestamp) {
        requirements = ShadowRequirements(policy)
        report = ShadowReport(
            reading.tally, counts: counts, startedAt: run.started, until: run.stopped ?? now, requirements: requirements)
        plane = reading.finishedPlane
    }
}

extension SQLTransaction {
    /// What a shadow run has shown so far, judged by what the policy of its model asks for: read from every pair.
    package func shadowReport(of run: ShadowRun, under policies: PolicyBook, at now: Timestamp) throws -> ShadowReport {
        try shadowPicture(of: run, under: policies, at: now).report
    }

    package func shadowPicture(of run: ShadowRun, under policies: PolicyBook, at now: Timestamp) throws -> ShadowPicture {
        let policy = try policies.policy(for: run.model, self).policy
        var reading = try ShadowReading(.init(run, under: policy, self))
        try reading.goOn(run, self)
        return ShadowPicture(run, reading, try shadowCounts(of: run, until: run.stopped ?? now), under: policy, at: now)
    }

    /// Where the copies of a run's requests went.
    func shadowCounts(of run: ShadowRun, until: Timestamp) throws -> ShadowCounts {
        var counts = ShadowCounts()
        // Windows begin with the minute; nothing was copied to this version before the run.
        let first = Timestamp(milliseconds: run.started.milliseconds - run.started.milliseconds % WindowSpan.minute)
        for window in try armWindows(endpoint: run.endpoint, from: first, until: until, as: ShadowWindow.self)
        where run.covers(window.segment) { counts.add(window.shadow) }
        return counts
    }
}

/// What a window says of copies, without what it says of everything else.
private struct ShadowWindow: Decodable {
    let segment: String
    let shadow: ShadowCounts
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
