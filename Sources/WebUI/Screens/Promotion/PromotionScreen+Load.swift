import Access
import AuditLog
import GatehouseCore
import Gates
import HTTPAPI
import Promotions
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
            let waivers = try tx.waivers(of: promotion.model, version: promotion.version, limit: waiversMax)
            let isProduction = promotion.to == .production
            return PromotionScreen(
                promotion: promotion, evaluation: evaluation,
                progress: evaluation.map { services.evaluations.progress.steps(of: $0.id) } ?? [],
                lines: evaluation?.results.map { CheckLine($0, waived: waived) } ?? [], reviews: try tx.reviews(of: id),
                reviewersRequired: inForce.policy.reviewersRequired,
                waivers: try waivers.map { try services.transitions.record(of: $0, tx) },
                plan: isProduction ? inForce.policy.rollout : nil, policy: inForce.reference,
                rollout: isProduction ? try rollout(of: promotion, tx) : nil,
                activity: caller.grants.allows(.readAudit) ? try activity(of: promotion, tx) : nil)
        }
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

    /// Measures the version anew. The same rule as the API's route.
    static func evaluate(_ page: PageRequest) async throws -> String {
        _ = try page.caller(who: .read)
        let id = try page.segment("id")
        let promotion = try await page.services.store.read { tx in try tx.requiredPromotion(id) }
        let caller = try page.caller(who: .evaluate(promotion.model))
        _ = try await page.services.evaluations.open(promotion.model, promotion.version, by: caller.principal)
        page.services.wake()
        return Address.version(promotion.model, promotion.version) + "#evaluations"
    }
}

extension SQLTransaction {
    /// Fails with `notFound`.
    func requiredPromotion(_ id: String) throws -> Promotion {
        if let promotion = try promotion(id: id) { return promotion }
        throw GatehouseError(
            .notFound, "There is no promotion '\(id.prefix(80))'.", hint: "Look for it in the list of promotions.")
    }
}
