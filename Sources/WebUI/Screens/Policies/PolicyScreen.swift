import Access
import GatehouseCore
import Gates
import Promotions
import Registry

/// One policy: its rules in words beside the source, its versions, the models it rules, and who may change it.
struct PolicyScreen: Screen {
    static let versionsMax = 20
    static let modelsMax = 20
    static let editorsMax = 10
    static let sourceBytesMax = 16 * 1024

    let version: PolicyVersion
    let policy: Policy
    let isNewest: Bool
    let versions: [PolicyVersion]
    let staleness: PolicyStaleness?
    let confirmation: PolicyConfirmation?
    let proposals: [PolicyProposal]
    /// Up to `modelsMax`.
    let models: [ModelName]
    /// Who may change it.
    let editors: [String]

    var permission: Permission { .editPolicy(pattern: version.pattern) }
    var title: [String] { [version.reference, "Policies"] }
    var place: Place { .policies }
    var topics: [String] { ["log"] }
}
