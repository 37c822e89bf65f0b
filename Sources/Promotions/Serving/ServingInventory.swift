package import GatehouseCore
package import Serving

/// What every gateway serves now, beside what the newest route table asks of it.
package struct ServingInventory: Sendable, Equatable {
    /// How far a gateway is.
    package enum GatewayState: String, Sendable, CaseIterable {
        case current
        /// It serves from an older table.
        case behind
        /// It was not heard of for a while: what stands here may be over.
        case stale
    }

    package struct Gateway: Sendable, Equatable {
        package let gateway: ServingGateway
        package let state: GatewayState
    }

    /// How what is served stands to the table.
    package enum Difference: String, Sendable, CaseIterable {
        /// It is another digest or version.
        case other
        /// The table asks for it, and the gateway does not name it.
        case absent
        /// The gateway names it, and the table does not ask for it.
        case unasked
        /// It is the right one, and cannot answer.
        case notReady = "not_ready"
    }

    package struct Row: Sendable, Equatable {
        package let gateway: String
        package let endpoint: String
        package let segment: String
        package let role: ServedHere.Role
        /// Nil: the gateway does not name it.
        package let served: ServedHere?
        /// Nil: the table does not ask for it.
        package let expected: ServedVersion?
        /// Nil: as the table asks.
        package let difference: Difference?
    }

    package let table: RouteTable?
    package let gateways: [Gateway]
    package let rows: [Row]

    package init(table: RouteTable?, gateways: [ServingGateway], at now: Timestamp) {
        self.table = table
        let wanted = Self.wanted(by: table)
        self.gateways = gateways.map { gateway in
            let isCurrent = gateway.tableNumber == table?.number
            return Gateway(
                gateway: gateway, state: gateway.isStale(at: now) ? .stale : isCurrent ? .current : .behind)
        }
        rows = gateways.flatMap { Self.rows($0, wanted) }
    }

    private struct Place: Hashable {
        let endpoint: String
        let segment: String
        let role: ServedHere.Role
    }

    private static func wanted(by table: RouteTable?) -> [(place: Place, version: ServedVersion)] {
        (table?.endpoints ?? []).flatMap { endpoint in
            endpoint.segments.flatMap { route in
                let held: [(ServedHere.Role, ServedVersion?)] = [
                    (.champion, route.champion), (.challenger, route.split?.challenger), (.shadow, route.shadow?.version),
                    (.lastKnownGood, route.lastKnownGood),
                ]
                return held.compactMap { role, version in
                    version.map { (Place(endpoint: endpoint.name, segment: route.segment, role: role), $0) }
                }
            }
        }
    }

    private static func rows(
        _ gateway: ServingGateway, _ wanted: [(place: Place, version: ServedVersion)]
    ) -> [Row] {
        let served = Dictionary(
            gateway.served.map { (Place(endpoint: $0.endpoint, segment: $0.segment, role: $0.role), $0) }
        ) { first, _ in first }
        func row(_ place: Place, _ served: ServedHere?, _ expected: ServedVersion?, _ difference: Difference?) -> Row {
            Row(
                gateway: gateway.id, endpoint: place.endpoint, segment: place.segment, role: place.role, served: served,
                expected: expected, difference: difference)
        }
        let asked = wanted.map { place, version in
            row(place, served[place], version, difference(served[place], version))
        }
        let places = Set(wanted.map(\.place))
        let more = gateway.served.filter {
            !places.contains(Place(endpoint: $0.endpoint, segment: $0.segment, role: $0.role))
        }
        return asked
            + more.map { row(Place(endpoint: $0.endpoint, segment: $0.segment, role: $0.role), $0, nil, .unasked) }
    }

    private static func difference(_ served: ServedHere?, _ expected: ServedVersion) -> Difference? {
        guard let served else { return .absent }
        guard served.version == expected.version, served.digest == expected.digest else { return .other }
        return served.state == .ready ? nil : .notReady
    }
}
