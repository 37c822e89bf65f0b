import GatehouseCore
import Promotions
import Registry

/// Which rules are in force, for which models.
struct PoliciesScreen: Screen {
    static let policiesMax = 40
    static let proposalsMax = 20

    struct Row: Sendable {
        let version: PolicyVersion
        /// Nil: it is not stale.
        let staleness: PolicyStaleness?
    }

    let rows: [Row]
    /// What a model without a policy lives under.
    let fallback: PolicyInForce
    let proposals: [PolicyProposal]
    /// The last pattern of this page, where there are more.
    let next: String?

    var title: [String] { ["Policies"] }
    var place: Place { .policies }
    var topics: [String] { ["log"] }
}
