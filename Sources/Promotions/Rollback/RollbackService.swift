package import Access
import AuditLog
package import GatehouseCore
import Registry
import Rollouts
import Storage

package struct RollbackRequest: Sendable {
    package let slot: Slot
    /// Nil: the version that was active before the present one.
    package let to: VersionNumber?
    package let reason: String
    package let idempotencyKey: String?
    package let by: Caller

    package init(slot: Slot, to: VersionNumber?, reason: String, idempotencyKey: String? = nil, by caller: Caller) {
        self.slot = slot
        self.to = to
        self.reason = reason
        self.idempotencyKey = idempotencyKey
        by = caller
    }
}

/// Returns a slot to a version that was active in it before. No gate is asked again; stages, slot, alias, audit entry and the
/// review after the fact are one transaction.
package struct RollbackService: Sendable {
    private let transitions: TransitionService

    package init(_ transitions: TransitionService) { self.transitions = transitions }

    /// Fails with `forbidden` without the role and with `blockedByPolicy` for a version that was never active in the slot, is
    /// unpinned or was taken back to None or Staging, both recorded as refusals; with `conflict` when there is nothing to
    /// return to or the version is active already.
    package func rollBack(_ request: RollbackRequest) async throws -> AfterTheFactReview {
        try Reason.check(request.reason, for: "A rollback")
        try ModelRegistry.check(
            request.idempotencyKey, bytesMax: ModelRegistry.idempotencyKeyBytesMax, what: "The idempotency key")
        return try await transitions.store.decide { tx in
            if let done = try answered(request, tx) { return .success(done) }
            let slot = request.slot
            _ = try tx.requiredModel(slot.model)
            let permission = Permission.rollBack(slot.model, environment: slot.environment, segment: slot.segment)
            guard request.by.grants.allows(permission) else {
                let missing = MissingRequirement(
                    permission.neededRole, command: permission.remedyCommand(for: request.by.principal))
                return try refuse(request, request.to, [missing], .forbidden, tx)
            }
            if let review = try endRollout(request, tx) { return .success(review) }
            let present = try tx.occupant(of: slot)?.version
            guard let target = try request.to ?? tx.earlierOccupant(of: slot) else {
                throw GatehouseError(
                    .conflict,
                    (present.map { "No version came before v\($0) in \(slot)" } ?? "No version was ever active in \(slot)")
                        + ", so there is nothing to return to.",
                    hint: "See what was: gatehouse history \(shellQuoted(slot.model.text))")
            }
            guard target != present else {
                throw GatehouseError(.conflict, "\(slot.model) v\(target) is active in \(slot) already.")
            }
            let version = try tx.requiredVersion(target, of: slot.model)
            let missing = try missing(version, slot, tx)
            guard missing.isEmpty else { return try refuse(request, target, missing, .blockedByPolicy, tx) }
            let inForce = try transitions.policies.policy(for: slot.model, tx)
            let deed = Installation(
                kind: .rollback, version: version, slot: slot,
                draft: AuditDraft(
                    id: transitions.ids(), time: transitions.now(), principal: request.by.principal, action: .rollbackPerformed,
                    outcome: .granted, model: slot.model, version: target, reason: request.reason),
                idempotencyKey: request.idempotencyKey)
            return .success(try transitions.install(deed, inForce, tx))
        }
    }

    /// While a rollout goes on, the version before the newest one is the champion beside it: the slot returns to that.
    private func endRollout(_ request: RollbackRequest, _ tx: SQLTransaction) throws -> AfterTheFactReview? {
        guard let open = try tx.openRollout(in: request.slot), request.to ?? open.champion == open.champion,
            var rollout = try tx.lockedRollout(open.id), rollout.endedAt == nil
        else { return nil }
        let (now, before) = (transitions.now(), rollout.machine)
        let action = try rollout.machine.rollbackOrdered(because: "")
        let entry = try transitions.settle(
            &rollout, action, before, by: request.by.principal, reason: request.reason, checks: rollout.checks(outcomes: nil),
            at: now, tx)
        let review = AfterTheFactReview(
            id: "afr_" + transitions.ids(), kind: .rollback, slot: rollout.slot, version: rollout.champion,
            previous: rollout.version, auditSequence: entry ?? rollout.openEntry, actedBy: request.by.principal, secondedBy: nil,
            opened: now, idempotencyKey: request.idempotencyKey, closedBy: nil, closed: nil, closeEntry: nil)
        try tx.insert(review)
        return review
    }

    /// What the same request did the first time.
    private func answered(_ request: RollbackRequest, _ tx: SQLTransaction) throws -> AfterTheFactReview? {
        guard let key = request.idempotencyKey else { return nil }
        guard let done = try tx.afterTheFactReview(model: request.slot.model, idempotencyKey: key) else { return nil }
        guard done.kind == .rollback, done.slot == request.slot, request.to == nil || request.to == done.version else {
            throw GatehouseError(.conflict, "The idempotency key '\(key)' was used for another rollback.")
        }
        return done
    }

    private func missing(_ version: ModelVersion, _ slot: Slot, _ tx: SQLTransaction) throws -> [MissingRequirement] {
        let subject = "\(version.model) v\(version.number)"
        let promote = "gatehouse promote \(shellQuoted(version.model.text)) \(version.number) --to staging --wait"
        var missing: [MissingRequirement] = []
        let wasActive = try tx.hasBeenActive(version.number, in: slot)
        if !wasActive {
            missing.append(
                MissingRequirement("\(subject) was never active in \(slot), so moving it there is no rollback", command: promote))
        }
        if !version.isPinned {
            missing.append(MissingRequirement("\(subject) is unpinned: its bytes were never hashed and sealed"))
        }
        switch version.stage {
        case .archived, .production: break
        case .none, .staging:
            missing.append(
                MissingRequirement(
                    "\(subject) was taken back to \(version.stage), so it goes through its gates again",
                    command: "gatehouse rollback \(shellQuoted(version.model.text)) --to VERSION --reason \"…\""))
        }
        return missing
    }

    private func refuse(
        _ request: RollbackRequest, _ target: VersionNumber?, _ missing: [MissingRequirement], _ code: ErrorCode,
        _ tx: SQLTransaction
    ) throws -> Result<AfterTheFactReview, GatehouseError> {
        let slot = request.slot
        try tx.append(
            AuditDraft(
                id: transitions.ids(), time: transitions.now(), principal: request.by.principal, action: .transitionRefused,
                outcome: .refused, model: slot.model, version: target, reason: request.reason,
                facts: .object([
                    "rollback": true, "slot": .string(slot.description), "to": .string(Stage.production.rawValue),
                    "missing": .array(missing.map { .string($0.what) }),
                ])))
        let goal = target.map { " to v\($0)" } ?? ""
        let message =
            code == .forbidden
            ? "\(request.by.principal) may not roll \(slot.model) back in \(slot)."
            : "\(slot) cannot be rolled back\(goal)."
        return .failure(
            GatehouseError(
                code, message, hint: missing.compactMap(\.command).first, details: missing.map { "missing: \($0.line)" }))
    }
}
