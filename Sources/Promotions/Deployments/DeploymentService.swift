package import Access
import AuditLog
import GatehouseCore
import Registry
import Storage

/// Takes down what deployment jobs report. A job reports when it begins, so that who may not deploy changes nothing, and when
/// it ends.
package struct DeploymentService: Sendable {
    private let transitions: TransitionService

    package init(_ transitions: TransitionService) { self.transitions = transitions }

    /// Begins a deployment, or ends one. The same report again answers with what was written the first time.
    ///
    /// Fails with `blockedByPolicy`, on record, when a job begins with a version that is not the slot's active one, unless that
    /// is allowed by name; with `conflict` for an unpinned version, and when the job ended in another way before.
    package func report(_ report: DeploymentReport, by caller: Caller) async throws -> Deployment {
        try caller.require(.manageServing(report.slot.model, environment: report.slot.environment))
        try report.check()
        return try await transitions.store.decide { tx in
            let version = try tx.requiredVersion(report.version, of: report.slot.model)
            guard let artifact = version.artifact else {
                return .failure(
                    GatehouseError(
                        .conflict, "\(version.model) v\(version.number) is unpinned: nobody could say which bytes were deployed.",
                        hint: "Register it with its files: gatehouse version create"))
            }
            if let known = try tx.deployment(report) { return try go(on: known, report, caller.principal, tx) }
            return try begin(report, artifact, caller.principal, tx)
        }
    }

    private func begin(
        _ report: DeploymentReport, _ artifact: Digest, _ principal: Principal, _ tx: SQLTransaction
    ) throws -> Result<Deployment, GatehouseError> {
        let occupancy = try tx.occupantWithFallback(of: report.slot)
        let isActive = occupancy?.version == report.version
        let id = "dep_" + transitions.ids()
        let previous = try tx.versionDeployed(to: report.target, of: report.slot)
        let promoted = isActive ? try occupancy.flatMap { try tx.auditEntry(sequence: $0.auditSequence) } : nil
        var draft = draft(report, id: id, artifact: artifact, by: principal)
        draft.note([
            "active": .bool(isActive), "previous": previous.map { .integer($0.value) } ?? .null,
            "slot_entry": occupancy.map { .integer($0.auditSequence) } ?? .null,
            "promotion": promoted?.facts["promotion"] ?? .null,
        ])
        guard isActive || report.allowsUnpromoted || report.outcome.isFinal else {
            draft.outcome = .refused
            try tx.append(draft)
            let active = occupancy.map { "v\($0.version) is" } ?? "No version is"
            return .failure(
                GatehouseError(
                    .blockedByPolicy, "\(active) active in \(report.slot), not v\(report.version).",
                    hint:
                        "Promote it first: gatehouse promote, or say --allow-unpromoted where nothing in production depends on it."
                ))
        }
        let entry = try tx.append(draft)
        let deployment = Deployment(
            id: id, slot: report.slot, version: report.version, artifact: artifact, target: report.target, job: report.job,
            isActive: isActive, previous: previous, outcome: report.outcome, document: report.document, started: entry.time,
            startEntry: entry.sequence, finished: report.outcome.isFinal ? entry.time : nil,
            endEntry: report.outcome.isFinal ? entry.sequence : nil)
        try tx.insert(deployment)
        return .success(deployment)
    }

    private func go(
        on known: Deployment, _ report: DeploymentReport, _ principal: Principal, _ tx: SQLTransaction
    ) throws -> Result<Deployment, GatehouseError> {
        guard !known.outcome.isFinal else {
            guard !report.outcome.isFinal || report.outcome == known.outcome else {
                return .failure(
                    GatehouseError(
                        .conflict, "The job '\(report.job)' ended this deployment as '\(known.outcome.rawValue)' before.",
                        hint: "Another attempt is another job: name it with --job."))
            }
            return .success(known)
        }
        guard report.outcome.isFinal else { return .success(known) }
        let entry = try tx.append(draft(report, id: known.id, artifact: known.artifact, by: principal))
        guard try tx.finish(known.id, as: report.outcome, report.document, at: entry.time, entry: entry.sequence),
            let finished = try tx.deployment(id: known.id)
        else { throw GatehouseError(.internalFailure, "The deployment \(known.id) was not written.") }
        return .success(finished)
    }

    /// Names and words of people are no facts: a target, a job and a link may hold some.
    private func draft(_ report: DeploymentReport, id: String, artifact: Digest, by principal: Principal) -> AuditDraft {
        let words = ["target": report.target, "job": report.job, "job_url": report.jobURL].filter { !$0.value.isEmpty }
        return AuditDraft(
            id: transitions.ids(), time: transitions.now(), principal: principal, action: .deploymentReported,
            model: report.slot.model, version: report.version, reason: report.reason, texts: words,
            facts: .object([
                "deployment": .string(id), "environment": .string(report.slot.environment),
                "segment": .string(report.slot.segment), "artifact": .string(artifact.description),
                "outcome": .string(report.outcome.rawValue), "health": .string(report.health.rawValue),
                "golden": [
                    "state": .string(report.golden.rawValue), "asked": .integer(Int64(report.goldenAsked)),
                    "passed": .integer(Int64(report.goldenPassed)),
                ],
                "report": .string(Digest.sha256(of: report.document.canonicalBytes).description),
            ]))
    }
}
