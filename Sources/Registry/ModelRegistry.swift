package import GatehouseCore
package import Storage

/// The registrations that must be one transaction with their audit entry. Reads are functions on `SQLTransaction`.
package struct ModelRegistry: Sendable {
    package let store: any SQLStore
    let now: @Sendable () -> Timestamp
    let ids: @Sendable () -> String

    package init(
        store: any SQLStore, now: @escaping @Sendable () -> Timestamp, ids: @escaping @Sendable () -> String
    ) {
        self.store = store
        self.now = now
        self.ids = ids
    }
}
