import GatehouseCore
import Serving
package import Storage
import Synchronization

/// Hands out the newest route table, signed. A class because all calls share the bytes of the newest one.
package final class RouteDesk: Sendable {
    package static let waitSecondsMax = 30

    /// A table as gateways fetch it: a DSSE envelope.
    package struct Signed: Sendable {
        package let number: Int64
        package let bytes: [UInt8]
    }

    private let store: any SQLStore
    private let attestor: Attestor
    private let board: RouteBoard
    private let newest = Mutex<Signed?>(nil)

    package init(store: any SQLStore, attestor: Attestor, board: RouteBoard) {
        self.store = store
        self.attestor = attestor
        self.board = board
    }

    /// The newest table when its number is above `number`, which may take until `wait` is over; nil: there is none.
    /// Fails with `conflict` for a number that this registry has not reached, with `tooManyRequests`.
    package func routes(after number: Int64, wait: Duration) async throws -> Signed? {
        if let found = try await newer(than: number) { return found }
        guard wait > .zero else { return nil }
        let place = try board.enter()
        defer { board.leave(place) }
        // What was published before the place was taken was not announced to it.
        if let found = try await newer(than: number) { return found }
        await place.wait(wait)
        return try await newer(than: number)
    }

    private func newer(than number: Int64) async throws -> Signed? {
        let last = try await store.read { tx in try tx.newestRouteNumber() } ?? 0
        guard last >= number else {
            throw GatehouseError(
                .conflict, "The newest route table here is \(last), but table \(number) was seen already.",
                hint:
                    "Was the registry restored from a backup? The gateway serves on from the table it has; once somebody has looked at both, empty the gateway's data folder."
            )
        }
        guard last > number else { return nil }
        if let kept = newest.withLock({ $0 }), kept.number == last { return kept }
        guard let table = try await store.read({ tx in try tx.newestRouteTable() }) else { return nil }
        let signed = Signed(number: table.number, bytes: try attestor.signed(table))
        newest.withLock { kept in
            if kept.map({ $0.number < signed.number }) ?? true { kept = signed }
        }
        return signed
    }
}

extension Attestor {
    /// The table in an envelope under the key that signs decisions.
    func signed(_ table: RouteTable) throws -> [UInt8] { try table.signed(by: key) }
}
