import GatehouseCore
import Promotions

/// What waits for whom, the one due first on top.
struct ReviewInboxScreen: Screen {
    static let reviewsMax = 100

    enum Shown: String, Sendable, CaseIterable {
        case mine, open, over

        var words: String {
            switch self {
            case .mine: "waiting for me"
            case .open: "waiting for anybody"
            case .over: "decided and ended"
            }
        }
    }

    struct Row: Sendable {
        let review: Review
        let promotion: Promotion
        let approvals: Int
        let required: Int
        /// Who else is asked and has not decided.
        let waitsAlso: [String]
    }

    let rows: [Row]
    let shown: Shown
    let hasMore: Bool
    /// How many wait for the reader.
    let mine: Int

    var title: [String] { ["Reviews \(shown.words)"] }
    var place: Place { .reviews }
    var topics: [String] { ["log"] }
}
