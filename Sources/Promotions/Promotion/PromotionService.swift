package import Access
import AuditLog
package import GatehouseCore
import Gates
import Registry
import Storage

/// Requests to bring a version to a stage: evaluates where an evaluation is needed, then moves the version or says why not.
package struct PromotionService: Sendable {
    private let evaluations: EvaluationService

    package init(_ evaluations: EvaluationService) { self.evaluations = evaluations }

    /// Opens a promotion. It is decided at once when nothing has to be measured; else it is `evaluating` and the worker
    /// decides it. The same idempotency key answers with the promotion opened the first time. `reason` is for the moves that
    /// ask a person for one. Fails with `forbidden` when the caller lacks the role for the move, which is recorded as a
    /// refused transition.
    package func open(
        _ model: ModelName, _ number: VersionNumber, to stage: Stage, by caller: Caller, reason: String? = nil,
        idempotencyKey: String? = nil
    ) async throws -> Promotion {
        try ModelRegistry.check(idempotencyKey, bytesMax: ModelRegistry.idempotencyKeyBytesMax, what: "The idempotency key")
        let opened = try await evaluations.store.write { tx -> Result<Promotion, GatehouseError> in
            if let idempotencyKey, let existing = try tx.promotion(model: model, idempotencyKey: idempotencyKey) {
                guard existing.version == number, existing.to == stage else {
                    throw GatehouseError(.conflict, "The idempotency key '\(idempotencyKey)' was used for another promotion.")
                }
                return .success(existing)
            }
            let version = try tx.requiredVersion(number, of: model)
            let request = TransitionRequest(model: model, version: number, to: stage, by: caller, reason: reason)
            if version.stage != stage, request.missingRole(from: version.stage) != nil,
                let refusal = try evaluations.transitions.apply(request, tx).error(model, number)
            {
                return .failure(refusal)
            }
            let principal = caller.principal
            let evaluation = try evaluation(for: version, request, tx)
            let promotion = Promotion(
                id: "prm_" + evaluations.ids(), model: model, version: number, to: stage, state: .evaluating,
                evaluationID: evaluation?.id, idempotencyKey: idempotencyKey, reason: "", warnings: [], requestedBy: principal,
                requestedAt: evaluations.now(), decidedAt: nil)
            try tx.insert(promotion)
            try tx.append(
                AuditDraft(
                    id: evaluations.ids(), time: promotion.requestedAt, principal: principal, action: .promotionRequested,
                    model: model,
                    version: number,
                    facts: .object([
                        "promotion": .string(promotion.id), "to": .string(stage.rawValue),
                        "evaluation": evaluation.map { .string($0.id) } ?? .null,
                    ])))
            if evaluation == nil || evaluation?.state == .finished {
                try evaluations.decide(promotion, evaluation, reason: reason, grants: caller.grants, tx)
            }
            guard let written = try tx.promotion(id: promotion.id) else {
                throw GatehouseError(.internalFailure, "The promotion \(promotion.id) was not written.")
            }
            return .success(written)
        }
        return try opened.get()
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

    /// Decides a promotion on what is written now, and writes the decision.
    func decide(
        _ promotion: Promotion, _ evaluation: Evaluation?, reason: String? = nil, grants: Grants, _ tx: SQLTransaction
    ) throws {
        let now = now()
        if let evaluation, evaluation.state == .failed {
            try block(promotion, on: evaluation, at: now, tx)
            return
        }
        let outcome = try transitions.apply(
            TransitionRequest(
                model: promotion.model, version: promotion.version, to: promotion.to,
                by: Caller(principal: promotion.requestedBy, grants: grants), reason: reason, promotion: promotion.id), tx)
        guard outcome.refusal == nil else {
            try tx.decide(promotion.id, state: .blocked, reason: blockedReason(outcome, evaluation), warnings: [], at: now)
            return
        }
        if outcome.from != outcome.to, outcome.to == .staging { try markStaged(promotion, at: now, tx) }
        let unmet = outcome.unmet.map { "not enforced: \($0.what)" }
        try tx.decide(promotion.id, state: .approved, reason: approvedReason(promotion, outcome), warnings: unmet, at: now)
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

    private func blockedReason(_ outcome: TransitionOutcome, _ evaluation: Evaluation?) -> String {
        if let failed = evaluation?.blockingChecks, !failed.isEmpty {
            return "Promotion blocked. Failed gates: \(failed.joined(separator: ", "))"
        }
        return "Promotion blocked. Missing: \((outcome.refusal ?? []).map(\.what).joined(separator: "; "))"
    }

    private func approvedReason(_ promotion: Promotion, _ outcome: TransitionOutcome) -> String {
        if outcome.from == outcome.to { return "\(promotion.model) v\(promotion.version) is in \(promotion.to) already." }
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
