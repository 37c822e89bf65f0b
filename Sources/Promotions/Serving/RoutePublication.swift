package import GatehouseCore
import Registry
package import Serving
package import Storage

extension SQLTransaction {
    /// Older tables are not kept: a gateway goes forward only.
    static let routeTablesKept: Int64 = 200

    /// Writes the table that follows from endpoints, slots, splits and shadow runs as they are in this transaction. Returns its
    /// number, or nil when the newest table says the same already.
    ///
    /// `RouteStore` calls it for what the audit log tells of. Whoever changes a split without an entry calls it as well.
    @discardableResult
    package func publishRoutes(at now: Timestamp) throws -> Int64? {
        let endpoints = try servingEndpoints()
        let last = try newestRoutes()
        guard last != nil || !endpoints.isEmpty else { return nil }
        let document = try StoredJSON.text(endpoints.map { try route(of: $0.endpoint) })
        guard document != last?.document else { return nil }
        let number = (last?.number ?? 0) + 1
        try execute(
            """
            INSERT INTO route_table (number, created_at, document)
            VALUES (\(number), \(max(now, last?.created ?? now)), \(document))
            """)
        try execute("DELETE FROM route_table WHERE number <= \(number - Self.routeTablesKept)")
        return number
    }

    /// The number of the newest table; nil: there was never an endpoint.
    package func newestRouteNumber() throws -> Int64? {
        try first("SELECT number FROM route_table ORDER BY number DESC LIMIT 1") { try $0.integer("number") }
    }

    package func newestRouteTable() throws -> RouteTable? {
        try newestRoutes().map { last in
            RouteTable(number: last.number, createdAt: last.created, endpoints: try StoredJSON.value(last.document))
        }
    }

    private func newestRoutes() throws -> (number: Int64, created: Timestamp, document: String)? {
        try first("SELECT * FROM route_table ORDER BY number DESC LIMIT 1") { row in
            (try row.integer("number"), try row.timestamp("created_at"), try row.text("document"))
        }
    }

    // MARK: - Building

    private func route(of endpoint: ServingEndpoint) throws -> EndpointRoute {
        let champions = try occupancies(of: endpoint.model).filter {
            $0.slot.environment == endpoint.environment && $0.slot.role == Slot(model: endpoint.model).role
        }
        let shadows = try shadowRuns(endpoint: endpoint.name, isOpen: true)
        let segments = try champions.compactMap { try segmentRoute($0, endpoint, shadows) }
        var rules = endpoint.rules
        if rules.liveStatistics != nil {
            // One set of buckets per endpoint: those of what answers by default.
            let leading = segments.first { $0.segment == Slot.defaultSegment } ?? segments.first
            rules.liveStatistics?.features = try leading.flatMap { try featureBuckets(of: $0.champion.digest) } ?? []
        }
        return EndpointRoute(
            name: endpoint.name, model: endpoint.model, environment: endpoint.environment, rules: rules, segments: segments)
    }

    /// Nil where the champion is unpinned: what is not known by its digest is never served.
    private func segmentRoute(
        _ occupancy: SlotOccupancy, _ endpoint: ServingEndpoint, _ shadows: [ShadowRun]
    ) throws -> SegmentRoute? {
        let slot = occupancy.slot
        guard let champion = try served(occupancy.version, endpoint) else { return nil }
        var route = SegmentRoute(segment: slot.segment, champion: champion)
        route.lastKnownGood = try ledger(of: slot).earlier(than: occupancy.version).flatMap { try served($0, endpoint) }
        if let split = try split(of: slot), split.version != occupancy.version,
            let challenger = try served(split.version, endpoint)
        {
            var traffic = TrafficSplit(
                id: split.id, kind: split.kind, challenger: challenger, buckets: split.buckets, salt: split.salt,
                algorithm: split.algorithm)
            traffic.layer = split.layer
            traffic.holdout = split.holdout
            route.split = traffic
        }
        // A shadow of the champion by itself would only compare it with itself.
        let shadow = shadows.first { $0.covers(slot.segment) && $0.version != occupancy.version }
        if let shadow, let version = try served(shadow.version, endpoint), version.digest == shadow.artifact {
            var copies = ShadowRoute(version: version, buckets: shadow.buckets, salt: shadow.salt)
            copies.limits = shadow.limits
            route.shadow = copies
        }
        return route
    }

    private func served(_ number: VersionNumber, _ endpoint: ServingEndpoint) throws -> ServedVersion? {
        guard let digest = try version(number, of: endpoint.model)?.artifact else { return nil }
        return ServedVersion(
            version: number, digest: digest, upstream: endpoint.upstreams.upstream(of: number, digest: digest))
    }

    // MARK: - Buckets

    /// The training buckets of a model's features; nil: they were not read yet.
    func featureBuckets(of artifact: Digest) throws -> [FeatureBuckets]? {
        try first("SELECT document FROM feature_buckets WHERE artifact_digest = \(artifact)") {
            try StoredJSON.value($0.text("document"))
        }
    }

    func keep(_ buckets: [FeatureBuckets], of artifact: Digest) throws {
        try execute(
            """
            INSERT INTO feature_buckets (artifact_digest, document) VALUES (\(artifact), \(try StoredJSON.text(buckets)))
            ON CONFLICT (artifact_digest) DO NOTHING
            """)
    }
}
