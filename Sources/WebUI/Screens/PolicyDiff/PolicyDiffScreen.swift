import Access
import GatehouseCore
import Gates
import Promotions
import Registry

/// What an edit makes looser or stricter, and what it would have made of past versions.
struct PolicyDiffScreen: Screen {
    static let versionsMax = 50

    /// The newer side.
    enum Subject: Sendable {
        case version(PolicyVersion)
        case proposal(PolicyProposal, PolicyProposal.State)
        /// A text that nobody stored.
        case draft(String)

        var text: String {
            switch self {
            case .version(let version): version.text
            case .proposal(let proposal, _): proposal.text
            case .draft(let text): text
            }
        }

        var name: String {
            switch self {
            case .version(let version): version.reference
            case .proposal(let proposal, _): "proposal of \(proposal.proposedBy.text)"
            case .draft: "the draft"
            }
        }
    }

    let pattern: String
    /// Nil: the server's default, where there is no version before.
    let old: PolicyVersion?
    let subject: Subject
    let changes: [PolicyChange]
    let text: TextDiff?
    /// What was replayed; nil where there is no model to replay on, or the replay could not be made.
    let replay: Backtest?
    let unreplayed: String?
    /// Models it can be replayed on.
    let models: [ModelName]
    /// Versions to choose from.
    let versions: [VersionNumber]

    var oldName: String { old?.reference ?? "the server's default" }
    var permission: Permission { .editPolicy(pattern: pattern) }
    var title: [String] { ["\(oldName) to \(subject.name)", "Policies"] }
    var place: Place { .policies }

    func count(_ effect: PolicyChange.Effect) -> Int { changes.count { $0.effect == effect } }
}
