import GatehouseCore
import Registry

/// Which models there are, what serves of each, what waits.
struct ModelsScreen: Screen {
    static let modelsMax = 100

    struct Row: Sendable {
        let name: ModelName
        let description: String
        let versions: Int64
        let newest: VersionNumber?
        /// In the default slot of production.
        let champion: VersionNumber?
        let championSince: Timestamp?
        /// Promotions that are not decided.
        let open: Int
        let updated: Timestamp
    }

    let rows: [Row]
    /// What was searched for.
    let filter: String?
    /// The last name of this page, where there are more.
    let next: ModelName?

    var title: [String] { ["Models"] }
    var place: Place { .models }
    var topics: [String] { ["log"] }
}
