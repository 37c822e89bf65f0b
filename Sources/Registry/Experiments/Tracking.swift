import GatehouseCore
import Storage

/// The changes to experiments, runs and logged models, each one transaction. They decide nothing, so they are no audit entries.
package struct Tracking: Sendable {
    let store: any SQLStore
    let now: @Sendable () -> Timestamp
    private let ids: @Sendable () -> String

    /// On the registry's store, with its clock and identifiers.
    package init(_ registry: ModelRegistry) {
        store = registry.store
        now = registry.now
        ids = registry.ids
    }

    /// A fresh identifier of 32 hexadecimal digits, as MLflow's are. Where the generator's own are hexadecimal they come first,
    /// so that runs are stored in the order of their age.
    func freshID() -> String {
        let id = ids()
        let isHex = id.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        let filler = Digest.sha256(of: Array(id.utf8)).hex
        return String((isHex ? id + filler : filler).prefix(32))
    }

    /// Fails with `invalidArgument` when a key is there twice.
    static func distinct(_ entries: [(key: String, value: String)]) throws(GatehouseError) -> [String: String] {
        var distinct: [String: String] = [:]
        for entry in entries {
            guard distinct.updateValue(entry.value, forKey: entry.key) == nil else {
                throw GatehouseError(
                    .invalidArgument, "The key '\(entry.key.prefix(200))' is given twice.", hint: "Send each key once.")
            }
        }
        return distinct
    }
}
