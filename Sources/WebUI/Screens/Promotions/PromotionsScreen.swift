import GatehouseCore
import Promotions

/// Requests to bring versions to stages, newest first.
struct PromotionsScreen: Screen {
    static let promotionsMax = 100

    /// What may be asked for in the address.
    enum Shown: String, Sendable, CaseIterable {
        case open, evaluating, approved, blocked, withdrawn, all
        case awaitingReview = "awaiting_review"

        var states: [Promotion.State] {
            switch self {
            case .open: [.evaluating, .awaitingReview]
            case .evaluating: [.evaluating]
            case .awaitingReview: [.awaitingReview]
            case .approved: [.approved]
            case .blocked: [.blocked]
            case .withdrawn: [.withdrawn]
            case .all: []
            }
        }

        var words: String { rawValue.replacing("_", with: " ") }
    }

    let promotions: [Promotion]
    let shown: Shown
    let model: ModelName?
    let next: String?

    var title: [String] { [(model.map { "\($0): " } ?? "") + "promotions, \(shown.words)"] }
    var place: Place { .models }
    var topics: [String] { ["log"] }
}
