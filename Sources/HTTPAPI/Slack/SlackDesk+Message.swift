import Access
package import Events
import GatehouseCore
import Gates
import Promotions
import Storage

extension SlackDesk {
    /// What the message of a review says at this moment; nil when there is no such review.
    package func message(of id: String) async throws -> SlackReviewMessage? {
        try await services.store.read { tx in
            guard let review = try tx.review(id: id), let promotion = try tx.promotion(id: review.promotion) else { return nil }
            let results = try promotion.evaluationID.flatMap { try tx.evaluation(id: $0) }?.results ?? []
            let reviewer = review.reviewer.name
            // Linked in two workspaces, nobody knows which of them the channel is in.
            let identities = try tx.slackIdentities(of: reviewer)
            return SlackReviewMessage(
                review: id, model: review.model.text, version: review.version.description, slot: promotion.slot.description,
                reviewer: reviewer, mention: identities.count == 1 ? identities.first.map { SlackMention(user: $0.user) } : nil,
                requester: promotion.requestedBy.name, reason: promotion.requestReason ?? "",
                gates: [results.conclusion] + results.map { "\($0.name): \($0.verdict.rawValue): \($0.judgement.reason)" },
                checklist: Self.checklist(review), state: review.stateWords(promotion), isOpen: review.state.isOpen,
                expires: review.expiresAt.description)
        }
    }

    private static func checklist(_ review: Review) -> [String] {
        let questions = Questionnaire.named(review.questionnaire)?.questions.count ?? 0
        let limitations = review.limitations.count
        return [
            "Look at the evidence: gates, groups, champion, shadow, limitations, rollout.",
            "Answer the \(questions) questions of \(review.questionnaire) in your own words.",
            limitations == 0
                ? "The model card names no known limitation, or there is no card."
                : "Tick each of the \(limitations) known limitation\(limitations == 1 ? "" : "s") by itself.",
            "Approve with the token that this ends with.",
        ]
    }
}

extension Review {
    fileprivate func stateWords(_ promotion: Promotion) -> String {
        switch state {
        case .requested, .opened, .answered: "not decided"
        case .approved: promotion.state == .awaitingReview ? "approved, others are awaited" : "approved"
        case .rejected: "rejected"
        case .voided: "void: \(voidBecause ?? "no reason was kept")"
        case .expired: "expired"
        case .withdrawn: "withdrawn, somebody else was asked"
        }
    }
}
