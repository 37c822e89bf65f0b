package import GatehouseCore
import Storage

/// Hears from gateways what they serve.
package struct GatewayService: Sendable {
    private let store: any SQLStore
    private let now: @Sendable () -> Timestamp

    init(_ transitions: TransitionService) {
        store = transitions.store
        now = transitions.now
    }

    /// Keeps what a gateway says of itself, and tells the number of the newest table. Fails with `tooLarge` above
    /// `ServingGateway.gatewaysMax`.
    package func report(
        id: String, program: String, tableNumber: Int64?, served: [ServedHere], started: Timestamp
    ) async throws -> Int64? {
        let gateway = try ServingGateway(
            id: id, program: program, tableNumber: tableNumber, served: served, started: started, seen: now())
        return try await store.write { tx in
            try tx.keep(gateway)
            return try tx.newestRouteNumber()
        }
    }

    package func inventory() async throws -> ServingInventory {
        let now = now()
        return try await store.read { tx in
            ServingInventory(table: try tx.newestRouteTable(), gateways: try tx.servingGateways(), at: now)
        }
    }
}
