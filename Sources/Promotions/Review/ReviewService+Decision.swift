import Access
import AuditLog
import GatehouseCore
import Gates
import Registry
import Storage

extension ReviewService {
    /// Writes an approval or a rejection, with both clocks, what was looked at and every flag.
    func decide(
        _ review: Review, from state: Review.State, _ action: AuditAction, _ outcome: AuditOutcome, _ tx: SQLTransaction
    ) throws {
        guard let decided = review.decidedAt, let clocks = review.clocks else {
            throw GatehouseError(.internalFailure, "A decision was to be written without its time.")
        }
        try tx.update(review, from: state)
        let artifact = try tx.version(review.version, of: review.model)?.artifact
        let statements = try transitions.attestor?.review(review, of: artifact) ?? []
        try tx.keep(statements)
        func milliseconds(_ duration: Duration?) -> JSONValue { duration.map { .integer($0.milliseconds) } ?? .null }
        let facts: [String: JSONValue] = [
            "flags": .array(review.flags.map { .string($0.rawValue) }),
            "after_opening_ms": milliseconds(clocks.afterOpening), "after_request_ms": milliseconds(clocks.afterRequest),
            "requested_at": .string(review.requestedAt.description),
            "opened_at": review.openedAt.map { .string($0.description) } ?? .null,
            "evidence_opened": .array(
                Review.Panel.allCases.filter { review.evidenceOpened[$0] != nil }.map { .string($0.rawValue) }),
            "edge_cases_tried": .integer(try tx.trialCount(of: review.id)), "answers_commitment": review.commitmentFact,
            "limitations": .integer(Int64(review.limitations.count)), "attestations": statements.facts,
        ]
        try desk.record(
            action, review, by: review.reviewer, at: decided, facts, outcome: outcome, reason: review.reason ?? "", tx)
    }

    /// Moves the version when enough different people have approved, on behalf of whoever asked, whose own right to it is
    /// looked up again. Everything the transition asks for is checked again as well.
    func carryOut(_ promotion: Promotion, _ tx: SQLTransaction) throws {
        let now = transitions.now()
        let version = try tx.requiredVersion(promotion.version, of: promotion.model)
        let inForce = try transitions.policies.policy(for: promotion.model, tx)
        let required = try tx.reviewersRequired(for: version, in: promotion.slot, under: inForce)
        let given = try tx.approvals(of: version, for: promotion.slot, under: inForce, at: now)
        guard given.promotion == promotion.id, given.reviews.count >= required else {
            let missing = required - (given.promotion == promotion.id ? given.reviews.count : 0)
            try tx.note(ReviewDesk.waiting(missing, of: required), onPromotion: promotion.id)
            return
        }
        let outcome = try transitions.apply(
            TransitionRequest(
                model: promotion.model, version: promotion.version, to: promotion.to, slot: promotion.slot,
                by: try requester(promotion, at: now, tx), reason: promotion.requestReason, promotion: promotion.id), tx)
        if let refusal = outcome.refusal {
            let missing = refusal.map(\.what).joined(separator: "; ")
            guard outcome.roleless == nil else {
                // Somebody who holds the role can still carry it out while the approvals are good.
                try tx.note(
                    "Approved, but not moved: the one who asked lacks \(missing). Somebody who holds it can promote it.",
                    onPromotion: promotion.id)
                return
            }
            try tx.decide(
                promotion.id, state: .blocked, reason: "Promotion blocked. Approved, but missing: \(missing)", warnings: [],
                at: now)
            return
        }
        let flags = try given.reviews.flatMap { id in
            try tx.requiredReview(id).flags.map { "review \(id) is flagged \($0.rawValue): \($0.words)" }
        }
        let people = required == 1 ? "1 reviewer" : "\(required) reviewers"
        let rollout = outcome.rollout.map { ", in the rollout \($0)" } ?? ""
        try tx.decide(
            promotion.id, state: .approved, reason: "Approved by \(people) and moved to \(promotion.to)\(rollout).",
            warnings: flags, at: now)
        try desk.voidRest(of: promotion, because: "the promotion was approved without it", at: now, tx)
    }

    /// Who asked, with what they may do now. A right that a sign-in provider's group lent was checked when they asked.
    private func requester(_ promotion: Promotion, at now: Timestamp, _ tx: SQLTransaction) throws -> Caller {
        let principal = promotion.requestedBy
        guard promotion.hasRecordedGrant else {
            return Caller(
                principal: principal, grants: Grants([Grant(.productionManager, models: promotion.model.text)]))
        }
        return Caller(principal: principal, grants: try tx.standingGrants(of: principal, at: now))
    }
}

extension SQLTransaction {
    /// What is recorded for a principal that can still sign in; nothing for a removed user, a revoked or expired token.
    func standingGrants(of principal: Principal, at now: Timestamp) throws -> Grants {
        let isThere =
            switch principal.kind {
            case .user: try user(named: principal.name) != nil
            case .token: try accessToken(named: principal.name)?.isValid(at: now) ?? false
            case .system, nil: false
            }
        return isThere ? try grants(of: principal) : Grants([])
    }
}

extension Review {
    /// Null for a review that was never answered, or before answers had a salt.
    var commitmentFact: JSONValue { answersCommitment.map { .string($0.hex) } ?? .null }
}
