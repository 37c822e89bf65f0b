import Access
import GatehouseCore
import Gates
import HTTPAPI
import Promotions
import Storage

extension ReviewInboxScreen {
    /// `state`: mine, open or over.
    static func load(_ page: PageRequest) async throws -> ReviewInboxScreen {
        let caller = try page.caller(who: .read)
        let shown = try shown(page.query("state"))
        let services = page.services
        return try await services.store.read { tx in
            let mine = ReviewFilter(reviewer: caller.principal, isOpen: true)
            let filter =
                switch shown {
                case .mine: mine
                case .open: ReviewFilter(isOpen: true)
                case .over: ReviewFilter(isOpen: false)
                }
            let found = try tx.reviews(filter, limit: reviewsMax + 1)
            // A policy is read from its text each time.
            var required: [ModelName: Int] = [:]
            for model in Set(found.map(\.model)) {
                required[model] = try services.policies.policy(for: model, tx).policy.reviewersRequired
            }
            let rows = try found.prefix(reviewsMax).map { review in
                let promotion = try tx.requiredPromotion(review.promotion)
                let all = try tx.reviews(of: promotion.id)
                return Row(
                    review: review, promotion: promotion, approvals: all.count { $0.state == .approved },
                    required: required[review.model] ?? 0,
                    waitsAlso: all.filter { $0.id != review.id && $0.state.isOpen }.map(\.reviewer.name))
            }
            let sorted = shown == .over ? Array(rows) : rows.sorted { $0.review.expiresAt < $1.review.expiresAt }
            return ReviewInboxScreen(
                rows: sorted, shown: shown, hasMore: found.count > reviewsMax,
                mine: try tx.reviews(mine, limit: reviewsMax).count)
        }
    }

    private static func shown(_ text: String?) throws(GatehouseError) -> Shown {
        guard let text else { return .mine }
        if let shown = Shown(rawValue: text) { return shown }
        throw GatehouseError(
            .invalidArgument, "'state' is not '\(text.prefix(80))'.",
            hint: "It is one of \(Shown.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
}
