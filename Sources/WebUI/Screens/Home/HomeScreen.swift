import AuditLog
import GatehouseCore
import Promotions

/// What needs the reader, what is unhealthy, and what has changed.
struct HomeScreen: Screen {
    static let entriesMax = 15
    static let reviewsMax = 20
    static let blockedMax = 8
    static let rolloutsMax = 8
    static let rollbacksMax = 5
    static let recentHours: Int64 = 24

    /// What the audit log says, for readers who may read it.
    struct Log: Sendable {
        /// Of the last `recentHours`, newest first.
        let recent: [AuditEntry]
        let rollbacks: [AuditEntry]
        let size: Int64
        /// Entries under the newest checkpoint; nil where there is none that can be read.
        let signed: Int64?
        let isSigned: Bool
        /// Why some entries cannot be shown.
        let damage: String?
    }

    /// Reviews that wait for the reader.
    let reviews: [Review]
    /// The newest promotions that were blocked.
    let blocked: [Promotion]
    /// That are under way.
    let rollouts: [Rollout]
    /// Nil for readers who may not read it.
    let log: Log?
    /// Models there are, up to one: whether this is a fresh server.
    let hasModels: Bool

    var title: [String] { ["Home"] }
    var place: Place { .home }
    var topics: [String] { ["log"] }
}
