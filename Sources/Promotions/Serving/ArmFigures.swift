package import GatehouseCore
package import Serving
package import Storage

/// What an arm counted in one span of time, without what it predicted and from which inputs: enough to draw its traffic, and
/// much faster read than a whole window.
package struct ArmFigures: Sendable, Equatable {
    package let segment: String
    /// Empty: the segment was not split.
    package let split: String
    package let arm: ArmName
    package let version: Int64
    /// The beginning of the minute or hour, and how long that is.
    package let from: Timestamp
    package let milliseconds: Int64
    package let requests: Int
    package let errors: Int
    package let rejected: Int
    package let latency: LatencyCounts
    package let shadow: ShadowCounts
}

private struct FiguresDocument: Decodable {
    let requests: Int
    let errors: Int
    let rejected: Int
    let latency: LatencyCounts
    let shadow: ShadowCounts
}

extension SQLTransaction {
    package static let figuresReadMax = 6_000

    /// What an endpoint's arms counted between two times, oldest first. At most `figuresReadMax`, the newest ones.
    package func armFigures(
        endpoint: String, split: String? = nil, from: Timestamp, until: Timestamp, limit: Int = figuresReadMax
    ) throws -> [ArmFigures] {
        var condition: SQLStatement =
            "endpoint = \(endpoint) AND from_ms >= \(from.milliseconds) AND from_ms < \(until.milliseconds)"
        if let split { condition = "\(condition) AND split = \(split)" }
        return try rows(
            """
            SELECT segment, split, arm, version, span_ms, from_ms, document FROM arm_window WHERE \(condition)
            ORDER BY from_ms DESC, span_ms DESC, arm, version LIMIT \(min(max(limit, 1), Self.figuresReadMax))
            """, ArmFigures.init(row:)
        ).reversed()
    }

    /// When the endpoint's newest records begin; nil: no gateway has shipped any.
    package func newestFigures(endpoint: String) throws -> Timestamp? {
        try first("SELECT max(from_ms) AS newest FROM arm_window WHERE endpoint = \(endpoint)") { row in
            try row.optional("newest", row.integer).map { Timestamp(milliseconds: $0) }
        }.flatMap { $0 }
    }
}

extension ArmFigures {
    fileprivate init(row: SQLRow) throws {
        guard let arm = ArmName(rawValue: try row.text("arm")) else {
            throw GatehouseError(.internalFailure, "A window is of the unknown arm '\(try row.text("arm"))'.")
        }
        let document: FiguresDocument = try StoredJSON.value(row.text("document"))
        self.init(
            segment: try row.text("segment"), split: try row.text("split"), arm: arm, version: try row.integer("version"),
            from: Timestamp(milliseconds: try row.integer("from_ms")), milliseconds: try row.integer("span_ms"),
            requests: document.requests, errors: document.errors, rejected: document.rejected, latency: document.latency,
            shadow: document.shadow)
    }
}
