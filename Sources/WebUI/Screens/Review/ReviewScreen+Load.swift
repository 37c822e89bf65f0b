import Access
import GatehouseCore
import Gates
import HTTPAPI
import Promotions
import Registry
import Storage

extension ReviewScreen {
    static func load(_ page: PageRequest, token: String? = nil) async throws -> ReviewScreen {
        let caller = try page.caller(who: .read)
        let id = try page.segment("id")
        let services = page.services
        return try await services.store.read { tx in
            let review = try tx.requiredReview(id)
            let promotion = try tx.requiredPromotion(review.promotion)
            let evaluation = try promotion.evaluationID.flatMap { try tx.evaluation(id: $0) }
            let waived = try evaluation.map { try services.transitions.waivedChecks($0, tx) } ?? []
            let active = try tx.occupantWithFallback(of: promotion.slot)?.version
            return ReviewScreen(
                review: review, promotion: promotion, others: try tx.reviews(of: promotion.id),
                required: try tx.reviewersRequired(
                    for: tx.requiredVersion(review.version, of: review.model), in: promotion.slot,
                    under: services.policies.policy(for: review.model, tx)),
                lines: evaluation?.results.map { CheckLine($0, waived: waived) } ?? [],
                champion: active == review.version ? nil : active,
                evidence: try services.reviews.openedEvidence(of: id, tx), trials: try tx.trials(of: id),
                offer: try tx.trialOffer(of: id),
                questions: Questionnaire.named(review.questionnaire)?.questions ?? [], answers: try tx.answers(to: id),
                comments: try tx.comments(on: id), objection: try services.reviews.objection(to: caller, on: id, tx),
                token: token)
        }
    }
}
