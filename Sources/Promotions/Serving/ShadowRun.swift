package import GatehouseCore
package import Serving
package import Storage

/// A time in which copies of an endpoint's requests go to a version whose answers are only recorded.
package struct ShadowRun: Sendable, Equatable {
    package let id: String
    package let endpoint: String
    /// Nil: requests of every segment.
    package let segment: String?
    package let model: ModelName
    package let version: VersionNumber
    package let artifact: Digest
    /// Of `Bucketing.total`.
    package let buckets: Int
    package let salt: String
    package let limits: ShadowLimits
    package let started: Timestamp
    package let startEntry: Int64
    /// Nil: it runs.
    package let stopped: Timestamp?
    package let stopEntry: Int64?

    package func covers(_ segment: String) -> Bool { self.segment == nil || self.segment == segment }
}

extension SQLTransaction {
    package static let shadowRunsMax = 1_000

    package func shadowRun(id: String) throws -> ShadowRun? {
        try first("SELECT * FROM shadow_run WHERE id = \(id)", ShadowRun.init(row:))
    }

    /// Newest first. `isOpen` keeps those that run.
    package func shadowRuns(
        endpoint: String? = nil, model: ModelName? = nil, version: VersionNumber? = nil, isOpen: Bool = false, limit: Int = 100
    ) throws -> [ShadowRun] {
        var condition: SQLStatement = "1 = 1"
        if let endpoint { condition = "\(condition) AND endpoint = \(endpoint)" }
        if let model { condition = "\(condition) AND model = \(model)" }
        if let version { condition = "\(condition) AND version = \(version)" }
        if isOpen { condition = "\(condition) AND stopped_at IS NULL" }
        return try rows(
            """
            SELECT * FROM shadow_run WHERE \(condition) ORDER BY started_at DESC, id DESC
            LIMIT \(min(max(limit, 1), Self.shadowRunsMax))
            """, ShadowRun.init(row:))
    }

    func insert(_ run: ShadowRun) throws {
        try execute(
            """
            INSERT INTO shadow_run (id, endpoint, segment, model, version, artifact_digest, buckets, salt, limits, started_at,
                start_entry)
            VALUES (\(run.id), \(run.endpoint), \(run.segment), \(run.model), \(run.version), \(run.artifact), \(run.buckets),
                \(run.salt), \(try StoredJSON.text(run.limits)), \(run.started), \(run.startEntry))
            """)
    }

    func stopShadowRun(_ id: String, at now: Timestamp, entry: Int64) throws {
        try execute(
            "UPDATE shadow_run SET stopped_at = \(now), stop_entry = \(entry) WHERE id = \(id) AND stopped_at IS NULL")
    }
}

extension ShadowRun {
    fileprivate init(row: SQLRow) throws {
        self.init(
            id: try row.text("id"), endpoint: try row.text("endpoint"), segment: try row.optional("segment", row.text),
            model: try ModelName(row.text("model")), version: try VersionNumber(row.integer("version")),
            artifact: try row.digest("artifact_digest"), buckets: Int(try row.integer("buckets")), salt: try row.text("salt"),
            limits: try StoredJSON.value(row.text("limits")), started: try row.timestamp("started_at"),
            startEntry: try row.integer("start_entry"), stopped: try row.optional("stopped_at", row.timestamp),
            stopEntry: try row.optional("stop_entry", row.integer))
    }
}
