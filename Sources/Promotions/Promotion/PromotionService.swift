package import Access
import AuditLog
package import GatehouseCore
import Gates
import Registry
import Storage

/// Requests to bring a version to a stage: evaluates where an evaluation is needed, then moves the version or says why not.
package struct PromotionService: Sendable {
    let evaluations: EvaluationService
    let desk: ReviewDesk

    package init(_ evaluations: EvaluationService) {
        self.evaluations = evaluations
        desk = ReviewDesk(transitions: evaluations.transitions)
    }

    /// Opens a promotion. It is decided at once when nothing has to be measured and nobody asked; it is `evaluating` until the
    /// worker decides it, or `awaitingReview` until the reviewers do, when nothing is missing but their approvals. The same
    /// idempotency key answers with the promotion opened the first time. Fails with `forbidden` when the caller lacks the role
    /// for the move, which is recorded as a refused transition.
    package func open(
        _ model: ModelName, _ number: VersionNumber, to stage: Stage, in slot: Slot? = nil, by caller: Caller,
        reason: String? = nil, idempotencyKey: String? = nil
    ) async throws -> Promotion {
        try ModelRegistry.check(idempotencyKey, bytesMax: ModelRegistry.idempotencyKeyBytesMax, what: "The idempotency key")
        try ModelRegistry.check(reason, bytesMax: ModelRegistry.reasonBytesMax, what: "The reason")
        let slot = slot ?? Slot(model: model)
        let limitations = stage == .production ? try await limitations(of: model, number) : []
        let judged = try await evaluations.transitions.judgedShadows(of: number, model: model, to: stage, in: slot)
        return try await evaluations.store.decide { tx in
            if let idempotencyKey, let existing = try tx.promotion(model: model, idempotencyKey: idempotencyKey) {
                guard existing.version == number, existing.to == stage, existing.slot == slot else {
                    throw GatehouseError(.conflict, "The idempotency key '\(idempotencyKey)' was used for another promotion.")
                }
                return .success(existing)
            }
            let version = try tx.requiredVersion(number, of: model)
            var request = TransitionRequest(
                model: model, version: number, to: stage, slot: slot, by: caller, reason: reason)
            request.judged = judged
            let inForce = try evaluations.transitions.policies.policy(for: model, tx)
            let facts = try evaluations.transitions.facts(request, version, inForce, tx)
            if facts.requirement != .nothing, request.missingRole(for: facts) != nil,
                let refusal = try evaluations.transitions.apply(request, tx).error(model, number)
            {
                return .failure(refusal)
            }
            if let waiting = try waiting(request, facts, tx) { return .success(waiting) }
            let promotion = try insert(request, facts, version, idempotencyKey, tx)
            let evaluation = try promotion.evaluationID.flatMap { try tx.evaluation(id: $0) }
            if PromotionMachine.awaitsApprovalOnly(facts) {
                try askReviewers(promotion, version, inForce, request, facts, limitations, tx)
            } else if evaluation == nil || evaluation?.state == .finished {
                try evaluations.decide(promotion, evaluation, grants: caller.grants, judged: judged, tx)
            }
            guard let written = try tx.promotion(id: promotion.id) else {
                throw GatehouseError(.internalFailure, "The promotion \(promotion.id) was not written.")
            }
            return .success(written)
        }
    }

    /// What the version's model card says about its limits, for reviewers to tick. Fails when there is a card that cannot be
    /// read: nobody is asked to approve without the list.
    private func limitations(of model: ModelName, _ number: VersionNumber) async throws -> [String] {
        let manifest = try await evaluations.store.read { tx in
            try tx.requiredVersion(number, of: model).artifact.map { try tx.manifest(of: $0) }
        }
        guard let manifest else { return [] }
        return try await evaluations.resolver.artifacts.modelCard(in: manifest)?.card.knownLimitations ?? []
    }

    private func insert(
        _ request: TransitionRequest, _ facts: TransitionFacts, _ version: ModelVersion, _ idempotencyKey: String?,
        _ tx: SQLTransaction
    ) throws -> Promotion {
        let evaluation = try evaluation(for: version, request, tx)
        let rested = PromotionMachine.awaitsApprovalOnly(facts) ? facts.evaluation?.id : nil
        let promotion = Promotion(
            id: "prm_" + evaluations.ids(), model: request.model, version: request.version, to: request.to, slot: request.slot,
            state: .evaluating, evaluationID: evaluation?.id ?? rested, idempotencyKey: idempotencyKey, reason: "",
            warnings: [], requestedBy: request.by, requestedAt: evaluations.now(), decidedAt: nil,
            requestReason: request.reason)
        try tx.insert(promotion)
        try tx.append(
            AuditDraft(
                id: evaluations.ids(), time: promotion.requestedAt, principal: request.by, action: .promotionRequested,
                model: request.model, version: request.version, reason: request.reason ?? "",
                facts: .object([
                    "promotion": .string(promotion.id), "to": .string(request.to.rawValue),
                    "slot": request.to == .production ? .string(request.slot.description) : .null,
                    "evaluation": promotion.evaluationID.map { .string($0) } ?? .null,
                    "shadow": facts.shadow.finding?.facts ?? .null,
                ])))
        return promotion
    }

    /// The promotion that asks reviewers for the same already. Asking again gets the same answer; whoever else wants it has to
    /// wait, because the reviewers were chosen with the first one in mind. Fails with `conflict` for somebody else.
    private func waiting(
        _ request: TransitionRequest, _ facts: TransitionFacts, _ tx: SQLTransaction
    ) throws -> Promotion? {
        guard PromotionMachine.awaitsApprovalOnly(facts) else { return nil }
        for promotion in try tx.promotionsAwaitingReview(of: request.model, request.version, for: request.slot) {
            let settled = try desk.settle(promotion, tx)
            guard settled.state == .awaitingReview else { continue }
            guard settled.requestedBy == request.by else {
                throw GatehouseError(
                    .conflict, "\(request.model) v\(request.version) waits for its reviewers already, in \(settled.id).",
                    hint: "Look at it: gatehouse review list --promotion \(settled.id)")
            }
            return settled
        }
        return nil
    }

    private func askReviewers(
        _ promotion: Promotion, _ version: ModelVersion, _ inForce: PolicyInForce, _ request: TransitionRequest,
        _ facts: TransitionFacts, _ limitations: [String], _ tx: SQLTransaction
    ) throws {
        let permission = Permission.transition(
            request.model, facts.transition, environment: request.slot.environment, segment: request.slot.segment)
        // Before the reviewers are bound to it.
        if let shadow = facts.shadow.finding { try tx.keep(shadow) }
        let recorded = try tx.standingGrants(of: request.by, at: facts.now).allows(permission)
        let missing = try desk.ask(
            promotion, version, inForce, limitations: limitations, hasRecordedGrant: recorded, tx)
        guard let missing else { return }
        try tx.append(
            evaluations.transitions.entry(
                request, .transitionRefused, .refused, inForce, facts, missing: [missing], displaced: []))
        try tx.decide(
            promotion.id, state: .blocked, reason: "Promotion blocked. Missing: \(missing.line)", warnings: [], at: facts.now)
    }

    /// The evaluation a promotion rests on: none where the transition asks for none, the newest one while it still holds,
    /// else a new one in the queue.
    private func evaluation(
        for version: ModelVersion, _ request: TransitionRequest, _ tx: SQLTransaction
    ) throws -> Evaluation? {
        let transition = StageTransition(from: version.stage, to: request.to)
        guard transition.requirement == .passingEvaluation else { return nil }
        let transitions = evaluations.transitions
        let inForce = try transitions.policies.policy(for: version.model, tx)
        guard inForce.policy.enforcement != .off else { return nil }
        let facts = try transitions.facts(request, version, inForce, tx)
        if PromotionMachine.evaluationHolds(facts), let latest = facts.evaluation { return try tx.evaluation(id: latest.id) }
        // One that is queued for the same question serves both.
        if let waiting = try tx.queuedEvaluation(of: version.model, version: version.number, policy: inForce.digest) {
            return waiting
        }
        return try evaluations.enqueue(version.model, version.number, by: request.by, tx)
    }
}

extension EvaluationService {
    /// What a promotion that waited for an evaluation may still do. Whoever asked for it held the role then, or it would not
    /// have been opened; a version that went to Production meanwhile is out of its reach.
    static let afterEvaluation = Grants([Grant(.stagingManager)])

    /// Decides a promotion on what is written now, and on what shadow runs were `judged` to show, and writes the decision.
    func decide(
        _ promotion: Promotion, _ evaluation: Evaluation?, grants: Grants, judged: JudgedShadows = [:], _ tx: SQLTransaction
    ) throws {
        let now = now()
        if let evaluation, evaluation.state == .failed {
            try block(promotion, on: evaluation, at: now, tx)
            return
        }
        var request = TransitionRequest(
            model: promotion.model, version: promotion.version, to: promotion.to, slot: promotion.slot,
            by: Caller(principal: promotion.requestedBy, grants: grants), reason: promotion.requestReason,
            promotion: promotion.id)
        request.judged = judged
        let outcome = try transitions.apply(request, tx)
        guard outcome.refusal == nil else {
            let waived = try evaluation.map { try transitions.waivedChecks($0, tx) } ?? []
            try tx.decide(
                promotion.id, state: .blocked, reason: blockedReason(outcome, evaluation, waived), warnings: [], at: now)
            return
        }
        if outcome.from != outcome.to, outcome.to == .staging { try markStaged(promotion, at: now, tx) }
        let unmet = outcome.unmet.map { "not enforced: \($0.what)" }
        let warnings = try unmet + exceptions(promotion.model, evaluation, tx)
        try tx.decide(promotion.id, state: .approved, reason: approvedReason(promotion, outcome), warnings: warnings, at: now)
    }

    /// What a reader of a granted promotion must not overlook: checks that were waived, and a policy that is stale.
    private func exceptions(_ model: ModelName, _ evaluation: Evaluation?, _ tx: SQLTransaction) throws -> [String] {
        let waived = try evaluation.map { try transitions.waivedChecks($0, tx) } ?? []
        let inForce = try transitions.policies.policy(for: model, tx)
        let stale = try transitions.policies.staleness(of: inForce, for: model, at: transitions.now(), tx)
        return waived.map(\.note) + (stale.map { ["\($0.note): \($0.command)"] } ?? [])
    }

    /// Blocks what waited for an evaluation that nobody could carry out. The version may be gone, so nothing is asked of it.
    private func block(_ promotion: Promotion, on evaluation: Evaluation, at now: Timestamp, _ tx: SQLTransaction) throws {
        let missing = "the evaluation could not be carried out: \(evaluation.reason ?? "no reason was recorded")"
        try tx.append(
            AuditDraft(
                id: ids(), time: now, principal: promotion.requestedBy, action: .transitionRefused, outcome: .refused,
                model: promotion.model, version: promotion.version,
                facts: .object([
                    "promotion": .string(promotion.id), "to": .string(promotion.to.rawValue),
                    "evaluation": .string(evaluation.id), "missing": .array([.string(missing)]),
                ])))
        try tx.decide(promotion.id, state: .blocked, reason: "Promotion blocked. Missing: \(missing)", warnings: [], at: now)
    }

    private func blockedReason(
        _ outcome: TransitionOutcome, _ evaluation: Evaluation?, _ waived: [WaivedCheck]
    ) -> String {
        let failed = (evaluation?.blockingChecks ?? []).filter { name in !waived.contains { $0.check == name } }
        if !failed.isEmpty {
            return "Promotion blocked. Failed gates: \(failed.joined(separator: ", "))"
        }
        return "Promotion blocked. Missing: \((outcome.refusal ?? []).map(\.what).joined(separator: "; "))"
    }

    private func approvedReason(_ promotion: Promotion, _ outcome: TransitionOutcome) -> String {
        if outcome.from == outcome.to { return "\(promotion.model) v\(promotion.version) is in \(promotion.to) already." }
        if let rollout = outcome.rollout { return "Moved to \(promotion.to), in the rollout \(rollout)." }
        return promotion.to == .staging ? "Promoted to Staging, awaiting review." : "Moved to \(promotion.to)."
    }

    private func markStaged(_ promotion: Promotion, at now: Timestamp, _ tx: SQLTransaction) throws {
        let version = try tx.requiredVersion(promotion.version, of: promotion.model)
        let tags = [
            "promotion.timestamp": now.description, "promotion.auto_to_staging": "true",
            "promotion.pipeline_version": version.tags["gatehouse.feature_pipeline"],
        ]
        for (key, value) in tags.compactMapValues({ $0 }).sorted(by: { $0.key < $1.key }) {
            try tx.setTag(TagKey(key), value, of: promotion.version, model: promotion.model)
        }
    }
}
