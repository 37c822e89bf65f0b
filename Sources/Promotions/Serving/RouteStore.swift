import AuditLog
import GatehouseCore
package import Storage

/// A store under which no change of what is served can forget the route table: a transaction that appended an audit entry about
/// a slot, an endpoint or a shadow run publishes the table in the same transaction, and after the commit the gateways that
/// wait are told.
package struct RouteStore: SQLStore {
    private let store: any SQLStore
    private let board: RouteBoard

    package init(_ store: any SQLStore, board: RouteBoard) {
        self.store = store
        self.board = board
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        try await store.read(body)
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        let done = try await store.write { tx in
            let value = try body(tx)
            let entries = tx.appendedAuditEntries
            // What changes nothing on record changes no route either.
            guard !entries.isEmpty else { return (value: value, number: Int64?.none) }
            try tx.follow(entries)
            return (value: value, number: try tx.newestRouteNumber())
        }
        if let number = done.number { board.announce(number) }
        return done.value
    }

    package var commitCount: UInt64? { store.commitCount }

    package func close() async throws { try await store.close() }
}

extension SQLTransaction {
    /// Entries after which a slot, its split, an endpoint or a shadow run may be another one.
    private static let actions: Set<AuditAction> = [
        .transitionGranted, .rollbackPerformed, .slotAdopted, .breakGlassUsed, .modelRenamed, .modelDeleted, .versionDeleted,
        .endpointApplied, .endpointRemoved, .shadowStarted, .shadowStopped, .experimentStarted, .experimentStopped,
        .rolloutAdvanced, .rolloutPromoted,
        .rolloutRolledBack,
    ]

    fileprivate func follow(_ entries: [AuditEntry]) throws {
        guard let entry = entries.last(where: { Self.actions.contains($0.action) }) else { return }
        // A name is changed in a transaction of its own.
        if entry.action == .modelRenamed, let new = entry.model, let old = entry.facts["from"]?.stringValue {
            try renameModelOfEndpoints(from: ModelName(old), to: new)
        }
        try publishRoutes(at: entry.time)
    }
}
