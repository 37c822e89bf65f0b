import AuditLog
import GatehouseCore
import Promotions

/// What needs the reader, and what has changed.
struct HomeScreen: Screen {
    static let entriesMax = 15
    static let reviewsMax = 20

    /// Reviews that wait for the reader.
    let reviews: [Review]
    let recent: [AuditEntry]
    let logSize: Int64
    /// Models there are, up to one: whether this is a fresh server.
    let hasModels: Bool

    var title: [String] { ["Home"] }
    var place: Place { .home }
    var topics: [String] { ["log"] }
}
