package import Access
import AuditLog
package import GatehouseCore
import Gates
import Registry
package import Storage

/// Waivers: asked for, approved by two people who have no part in the version, revoked.
package struct WaiverService: Sendable {
    private let transitions: TransitionService

    package init(_ transitions: TransitionService) { self.transitions = transitions }

    /// Asks to waive a check that keeps a version out. Fails with `invalidArgument` without a reason or outside 1 to
    /// `Waiver.daysMax` days, with `conflict` when the newest evaluation does not hold, or says that the check blocks nothing,
    /// and with `alreadyExists` while the same check of the same version is waived or asked to be.
    package func request(
        _ check: String, of model: ModelName, _ number: VersionNumber, days: Int, reason: String, by caller: Caller
    ) async throws -> Waiver {
        try caller.require(.evaluate(model))
        try Reason.check(reason, for: "A waiver")
        guard (1...Waiver.daysMax).contains(days) else {
            throw GatehouseError(
                .invalidArgument, "A waiver holds for 1 to \(Waiver.daysMax) days, not \(days).",
                hint: "Repeat it with --days 14, and ask again should that not be enough.")
        }
        return try await transitions.store.write { tx in
            let now = transitions.now()
            let version = try tx.requiredVersion(number, of: model)
            let inForce = try transitions.policies.policy(for: model, tx)
            let (evaluation, result) = try blocking(check, version, inForce, tx)
            guard let artifact = version.artifact, let ground = inForce.ground(of: check) else {
                throw GatehouseError(.conflict, "\(model) v\(number) is unpinned: a waiver would not know which bytes it is for.")
            }
            let present = Waiver.Present(artifact: artifact, ground: ground)
            let open = try tx.waivers(of: model, version: number).first { waiver in
                waiver.check == check && [.requested, .active].contains(waiver.state(at: now, present))
            }
            if let open {
                throw GatehouseError(
                    .alreadyExists, "\(check) of \(model) v\(number) is waived, or asked to be, by \(open.id).",
                    hint: "gatehouse waiver show \(open.id)")
            }
            let id = "wv_" + transitions.ids()
            let expires = now.adding(.seconds(Int64(days) * 86_400))
            let entry = try tx.append(
                AuditDraft(
                    id: transitions.ids(), time: now, principal: caller.principal, action: .waiverRequested, model: model,
                    version: number, reason: reason,
                    facts: .object([
                        "waiver": .string(id), "check": .string(check), "verdict": .string(result.verdict.rawValue),
                        "artifact": .string(artifact.description), "ground": .string(ground.description),
                        "policy": .string(inForce.reference), "evaluation": .string(evaluation.id),
                        "expires": .string(expires.description),
                    ])))
            let waiver = Waiver(
                id: id, model: model, version: number, check: check, verdict: result.verdict, artifact: artifact, ground: ground,
                evaluation: evaluation.id, expires: expires, requestedBy: caller.principal, requested: now,
                requestEntry: entry.sequence, activeSince: nil, revokedBy: nil, revoked: nil, approvals: [])
            try tx.insert(waiver)
            return waiver
        }
    }

    /// The newest evaluation's word on a check that a waiver could change something about.
    private func blocking(
        _ check: String, _ version: ModelVersion, _ inForce: PolicyInForce, _ tx: SQLTransaction
    ) throws -> (Evaluation, CheckResult) {
        let names = inForce.policy.checks.map(\.name)
        guard names.contains(check) else {
            throw GatehouseError(
                .notFound, "The policy \(inForce.reference) has no check '\(check.prefix(80))'.",
                hint: names.isEmpty ? nil : "Its checks are: \(names.joined(separator: ", ")).")
        }
        let subject = "\(version.model) v\(version.number)"
        let evaluation = try tx.latestFinishedEvaluation(of: version.model, version: version.number)
        guard let evaluation, evaluation.artifactDigest == version.artifact, evaluation.policyDigest == inForce.digest,
            let result = evaluation.results.first(where: { $0.name == check })
        else {
            throw GatehouseError(
                .conflict, "No evaluation of \(subject) under \(inForce.reference) says what '\(check)' finds.",
                hint: "gatehouse evaluate \(shellQuoted(version.model.text)) \(version.number) --wait")
        }
        guard result.blocks else {
            let why = result.verdict == .pass ? "passed" : "only warns"
            throw GatehouseError(.conflict, "\(check) of \(subject) \(why): there is nothing to waive.")
        }
        return (evaluation, result)
    }

    /// The second approval that counts makes the waiver active. Fails with `forbidden` for everybody with a part in the
    /// version and for machines, which is recorded as a refusal, and with `conflict` unless the waiver waits for approval.
    package func approve(_ id: String, comment: String, by caller: Caller) async throws -> Waiver {
        try ModelRegistry.check(comment, bytesMax: ModelRegistry.reasonBytesMax, what: "The comment")
        return try await transitions.store.decide { tx in
            let waiver = try required(id, tx)
            try caller.require(.review(waiver.model))
            let now = transitions.now()
            let version = try tx.requiredVersion(waiver.version, of: waiver.model)
            let present = try transitions.present(waiver, tx)
            let state = waiver.state(at: now, present)
            guard state == .requested else {
                let why = state == .void ? waiver.difference(from: present).map { ": \($0)" } ?? "" : ""
                throw GatehouseError(.conflict, "The waiver \(id) is \(state.rawValue)\(why), so there is nothing to approve.")
            }
            let quorum = Quorum(
                required: Waiver.approvalsRequired,
                parties: try tx.parties(to: version, requester: waiver.requestedBy, policyEditors: []))
            var draft = entry(.waiverApproved, waiver, caller.principal, at: now, reason: comment)
            if let objection = quorum.objection(to: caller.principal) {
                draft.outcome = .refused
                draft.note(["missing": [.string(quorum.words(objection))]])
                try tx.append(draft)
                return .failure(quorum.refusal(of: caller.principal, objection, to: "approve the waiver \(id)"))
            }
            guard !waiver.approvals.contains(where: { $0.by == caller.principal }) else {
                return .failure(
                    GatehouseError(.conflict, "\(caller.principal) approved the waiver \(id) already; it takes another person."))
            }
            let agreed = waiver.approvals.map(\.by) + [caller.principal]
            let counted = quorum.counted(agreed).count
            draft.outcome = .granted
            draft.note([
                "approval": .integer(Int64(counted)), "of": .integer(Int64(quorum.required)),
                "active": .bool(counted >= quorum.required),
            ])
            let entry = try tx.append(draft)
            try tx.approveWaiver(id, by: caller.principal, at: now, entry: entry.sequence)
            if counted >= quorum.required { try tx.activateWaiver(id, at: now) }
            return .success(try required(id, tx))
        }
    }

    /// Ends a waiver before its time. Whoever asked for it may, and everybody who could have approved it.
    package func revoke(_ id: String, reason: String, by caller: Caller) async throws -> Waiver {
        try Reason.check(reason, for: "To revoke a waiver")
        return try await transitions.store.write { tx in
            let waiver = try required(id, tx)
            if caller.principal != waiver.requestedBy { try caller.require(.review(waiver.model)) }
            let now = transitions.now()
            let entry = try tx.append(entry(.waiverRevoked, waiver, caller.principal, at: now, reason: reason))
            try tx.revokeWaiver(id, by: caller.principal, at: now, entry: entry.sequence)
            return try required(id, tx)
        }
    }

    private func required(_ id: String, _ tx: SQLTransaction) throws -> Waiver {
        guard let waiver = try tx.waiver(id: id) else {
            throw GatehouseError(.notFound, "There is no waiver '\(id.prefix(80))'.", hint: "gatehouse waiver list")
        }
        return waiver
    }

    private func entry(
        _ action: AuditAction, _ waiver: Waiver, _ principal: Principal, at now: Timestamp, reason: String
    ) -> AuditDraft {
        AuditDraft(
            id: transitions.ids(), time: now, principal: principal, action: action, model: waiver.model, version: waiver.version,
            reason: reason, people: ["requested_by": waiver.requestedBy],
            facts: .object([
                "waiver": .string(waiver.id), "check": .string(waiver.check), "artifact": .string(waiver.artifact.description),
            ]))
    }
}

/// A waiver as it stands, with the words that were said about it.
package struct WaiverRecord: Sendable {
    package let waiver: Waiver
    package let state: Waiver.State
    /// Why it is void.
    package let difference: String?
    package let reason: String
}

extension TransitionService {
    /// The checks of an evaluation that keep a version out and are waived now, in the policy's order.
    func waivedChecks(
        _ evaluation: Evaluation, _ version: ModelVersion, _ inForce: PolicyInForce, _ tx: SQLTransaction
    ) throws -> [WaivedCheck] {
        let blocking = evaluation.results.filter(\.blocks)
        guard !blocking.isEmpty, evaluation.artifactDigest == version.artifact else { return [] }
        let now = now()
        let waivers = try tx.waivers(of: version.model, version: version.number)
        return blocking.compactMap { result in
            let present = Waiver.Present(artifact: version.artifact, ground: inForce.ground(of: result.name))
            return waivers.first { $0.covers(result) && $0.state(at: now, present) == .active }
                .map { WaivedCheck(check: result.name, waiver: $0.id, until: $0.expires) }
        }
    }

    /// The same for an evaluation that somebody looks at. Nothing for a version that is gone.
    package func waivedChecks(_ evaluation: Evaluation, _ tx: SQLTransaction) throws -> [WaivedCheck] {
        guard let version = try tx.version(evaluation.version, of: evaluation.model) else { return [] }
        return try waivedChecks(evaluation, version, try policies.policy(for: evaluation.model, tx), tx)
    }

    func present(_ waiver: Waiver, _ tx: SQLTransaction) throws -> Waiver.Present {
        Waiver.Present(
            artifact: try tx.version(waiver.version, of: waiver.model)?.artifact,
            ground: try policies.policy(for: waiver.model, tx).ground(of: waiver.check))
    }

    package func record(of waiver: Waiver, _ tx: SQLTransaction) throws -> WaiverRecord {
        let present = try present(waiver, tx)
        let state = waiver.state(at: now(), present)
        return WaiverRecord(
            waiver: waiver, state: state, difference: state == .void ? waiver.difference(from: present) : nil,
            reason: try tx.auditEntry(sequence: waiver.requestEntry)?.reason ?? "")
    }
}

extension PolicyInForce {
    /// The digest of a check and what it is measured on; nil for a check that the policy does not have.
    func ground(of check: String) -> Digest? { policy.ground(of: check).map { .sha256(of: $0.canonicalBytes) } }
}
