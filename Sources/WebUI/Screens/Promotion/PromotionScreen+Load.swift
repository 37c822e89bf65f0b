import Access
import AuditLog
import GatehouseCore
import Gates
import HTTPAPI
import Promotions
import Registry
import Storage

extension PromotionScreen {
    static func load(_ page: PageRequest) async throws -> PromotionScreen {
        let caller = try page.caller(who: .read)
        let id = try page.segment("id")
        let services = page.services
        return try await services.store.read { tx in
            let promotion = try tx.requiredPromotion(id)
            let evaluation = try promotion.evaluationID.flatMap { try tx.evaluation(id: $0) }
            let waived = try evaluation.map { try services.transitions.waivedChecks($0, tx) } ?? []
            let inForce = try services.policies.policy(for: promotion.model, tx)
            let newest = try tx.evaluations(of: promotion.model, version: promotion.version, limit: 1).first
            let waivers = try tx.waivers(of: promotion.model, version: promotion.version, limit: waiversMax)
            let isProduction = promotion.to == .production
            return PromotionScreen(
                promotion: promotion, evaluation: evaluation, newer: newer(newest, than: promotion),
                progress: evaluation.map { services.evaluations.progress.steps(of: $0.id) } ?? [],
                lines: evaluation?.results.map { CheckLine($0, waived: waived) } ?? [], reviews: try tx.reviews(of: id),
                reviewersRequired: try tx.version(promotion.version, of: promotion.model).map {
                    try tx.reviewersRequired(for: $0, in: promotion.slot, under: inForce)
                } ?? inForce.policy.reviewersRequired,
                waivers: try waivers.map { try services.transitions.record(of: $0, tx) },
                plan: isProduction ? inForce.policy.rollout : nil, policy: inForce.reference,
                rollout: isProduction ? try rollout(of: promotion, tx) : nil,
                mayWithdraw: try services.promotions.mayWithdraw(promotion, caller, tx),
                activity: caller.grants.allows(.readAudit) ? try activity(of: promotion, tx) : nil)
        }
    }

    /// An evaluation that this promotion was not decided on, asked for after it.
    private static func newer(_ newest: Evaluation?, than promotion: Promotion) -> Evaluation? {
        newest.flatMap { $0.id != promotion.evaluationID && $0.startedAt > promotion.requestedAt ? $0 : nil }
    }

    /// The one that the outcome names.
    private static func rollout(of promotion: Promotion, _ tx: SQLTransaction) throws -> Rollout? {
        let words = promotion.reason.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        return try words.first { $0.hasPrefix("rol_") }.flatMap { try tx.rollout(id: String($0)) }
    }

    /// What the log holds about this promotion, its evaluation and its reviews, newest first.
    private static func activity(of promotion: Promotion, _ tx: SQLTransaction) throws -> [AuditEntry] {
        let entries = try tx.auditEntries(
            AuditFilter(model: promotion.model, version: promotion.version), limit: entriesLookedAtMax)
        let own = entries.filter { entry in
            entry.facts["promotion"]?.stringValue == promotion.id
                || (promotion.evaluationID != nil && entry.facts["evaluation"]?.stringValue == promotion.evaluationID
                    && entry.facts["promotion"] == nil)
        }
        return Array(own.prefix(activityMax))
    }
}
