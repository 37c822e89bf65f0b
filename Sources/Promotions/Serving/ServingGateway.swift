package import GatehouseCore
package import Storage

/// A gateway as it described itself last.
package struct ServingGateway: Sendable, Equatable {
    /// One without a report for so long may serve anything.
    package static let staleAfterSeconds: Int64 = 60
    /// One that was not heard of for so long is forgotten.
    package static let forgottenAfterDays: Int64 = 30
    package static let gatewaysMax = 1_000
    package static let idBytesMax = 64
    package static let servedMax = 20_000

    package let id: String
    /// What it says it runs: `gatehouse 0.1.0`.
    package let program: String
    /// The route table it serves from; nil: it has none yet.
    package let tableNumber: Int64?
    package let served: [ServedHere]
    package let started: Timestamp
    package var firstSeen: Timestamp
    package var lastSeen: Timestamp

    package init(
        id: String, program: String, tableNumber: Int64?, served: [ServedHere], started: Timestamp, seen: Timestamp
    ) throws(GatehouseError) {
        self.id = try Self.checked(id: id)
        guard program.utf8.count <= 200, served.count <= Self.servedMax, tableNumber.map({ $0 >= 0 }) ?? true else {
            throw GatehouseError(
                .invalidArgument, "A report names a program of at most 200 bytes and at most \(Self.servedMax) versions.")
        }
        self.program = program
        self.tableNumber = tableNumber
        self.served = served
        self.started = started
        firstSeen = seen
        lastSeen = seen
    }

    /// Letters, digits, `-`, `_` and `.`.
    package static func checked(id: String) throws(GatehouseError) -> String {
        let isClean = id.utf8.allSatisfy { byte in
            (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte) || "-_.".utf8.contains(byte)
        }
        guard (1...idBytesMax).contains(id.utf8.count), isClean else {
            throw GatehouseError(
                .invalidArgument, "'\(id.prefix(80))' cannot be the id of a gateway.",
                hint: "Use 1 to \(idBytesMax) letters, digits, '-', '_' and '.'.")
        }
        return id
    }

    package func isStale(at now: Timestamp) -> Bool { now.since(lastSeen) > .seconds(Self.staleAfterSeconds) }
}

/// One version that a gateway holds for a segment of an endpoint.
package struct ServedHere: Codable, Sendable, Hashable {
    package enum Role: String, Codable, Sendable, CaseIterable {
        case champion, challenger, shadow
        case lastKnownGood = "last_known_good"
    }

    package enum State: String, Codable, Sendable, CaseIterable {
        case ready, starting, failed, draining
    }

    package let endpoint: String
    package let segment: String
    package let role: Role
    package let version: Int64
    package let digest: Digest
    package let state: State
    /// Why it is not ready.
    package let reason: String?

    package init(
        endpoint: String, segment: String, role: Role, version: Int64, digest: Digest, state: State = .ready,
        reason: String? = nil
    ) {
        self.endpoint = endpoint
        self.segment = segment
        self.role = role
        self.version = version
        self.digest = digest
        self.state = state
        self.reason = reason
    }
}

extension SQLTransaction {
    package func servingGateways() throws -> [ServingGateway] {
        try rows(
            "SELECT * FROM serving_gateway ORDER BY id LIMIT \(ServingGateway.gatewaysMax)", ServingGateway.init(row:))
    }

    package func servingGateway(id: String) throws -> ServingGateway? {
        try first("SELECT * FROM serving_gateway WHERE id = \(id)", ServingGateway.init(row:))
    }

    /// Keeps a report; of those that were not heard of for a month nothing is left. Fails with `tooLarge`.
    package func keep(_ gateway: ServingGateway) throws {
        let oldest = gateway.lastSeen.adding(.seconds(-ServingGateway.forgottenAfterDays * 86_400))
        try execute("DELETE FROM serving_gateway WHERE last_seen_at < \(oldest)")
        if try servingGateway(id: gateway.id) == nil {
            let count = try first("SELECT count(*) AS n FROM serving_gateway") { try $0.integer("n") } ?? 0
            guard count < ServingGateway.gatewaysMax else {
                throw GatehouseError(
                    .tooLarge, "\(count) gateways have reported, and no more are taken.",
                    hint: "Give a gateway the same id each time it starts.")
            }
        }
        try execute(
            """
            INSERT INTO serving_gateway (id, program, table_number, served, started_at, first_seen_at, last_seen_at)
            VALUES (\(gateway.id), \(gateway.program), \(gateway.tableNumber), \(try StoredJSON.text(gateway.served)),
                \(gateway.started), \(gateway.firstSeen), \(gateway.lastSeen))
            ON CONFLICT (id) DO UPDATE SET program = excluded.program, table_number = excluded.table_number,
                served = excluded.served, started_at = excluded.started_at, last_seen_at = excluded.last_seen_at
            """)
    }
}

extension ServingGateway {
    fileprivate init(row: SQLRow) throws {
        try self.init(
            id: row.text("id"), program: row.text("program"), tableNumber: row.optional("table_number", row.integer),
            served: StoredJSON.value(row.text("served")), started: row.timestamp("started_at"),
            seen: row.timestamp("last_seen_at"))
        firstSeen = try row.timestamp("first_seen_at")
    }
}
