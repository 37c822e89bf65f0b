package import GatehouseCore
package import Serving
package import Storage

/// A unit of a split as it is compared: by the arm that it was assigned first, whatever served it.
package struct ExposedUnit: Sendable, Equatable {
    package let unitHash: String
    package let arm: ArmName
    package let segment: String
    package let first: Timestamp
    package let requests: Int
    /// Requests that another version answered, because the assigned one could not.
    package let fallbacks: Int
    /// The mean of its outcomes under the label asked for; nil: none has come yet.
    package let outcome: Double?
}

package struct ExposureTally: Sendable, Equatable {
    package let arm: ArmName
    package let reason: Exposure.Reason
    package let requests: Int64
}

/// How much of what was shipped is kept.
package struct KeptShare: Sendable, Equatable {
    /// Of the units or requests: 1 is all of them.
    package let share: Double
    package let seen: Int64
    package let kept: Int64
}

extension SQLTransaction {
    package static let unitsReadMax = 1_000_000

    /// How often each arm answered for which reason: in full, whatever the sample holds.
    package func exposureTallies(of split: String) throws -> [ExposureTally] {
        try rows("SELECT arm, reason, requests FROM exposure_tally WHERE split = \(split) ORDER BY arm, reason") { row in
            guard let arm = ArmName(rawValue: try row.text("arm")),
                let reason = Exposure.Reason(rawValue: try row.text("reason"))
            else { throw GatehouseError(.internalFailure, "A tally of exposures is of an unknown arm or reason.") }
            return ExposureTally(arm: arm, reason: reason, requests: try row.integer("requests"))
        }
    }

    /// The units of a split that were exposed before `until` (nil: ever), with the mean of their outcomes under `label`: of their requests, and
    /// those posted for the unit itself that happened after the first exposure. In the order of their hashes.
    package func exposedUnits(of split: String, label: String, until: Timestamp?) throws -> [ExposedUnit] {
        let last = until ?? Timestamp(milliseconds: .max)
        return try rows(
            """
            SELECT u.unit_hash, u.arm, u.segment, u.first_at, u.requests, u.fallbacks, (
                SELECT avg(known.value) FROM (
                    SELECT o.value FROM exposure x
                    JOIN outcome o ON o.endpoint = x.endpoint AND o.subject = 'r:' || x.request_id AND o.label = \(label)
                    WHERE x.split = \(split) AND x.unit_hash = u.unit_hash
                    UNION ALL
                    SELECT o.value FROM outcome o
                    WHERE o.endpoint = u.endpoint AND o.subject >= 'u:' || u.unit_hash || ':'
                        AND o.subject < 'u:' || u.unit_hash || ';' AND o.label = \(label) AND o.event_at >= u.first_at
                ) known) AS outcome
            FROM (
                SELECT unit_hash, endpoint, arm, segment, at AS first_at,
                    row_number() OVER (PARTITION BY unit_hash ORDER BY at, request_id) AS turn,
                    count(*) OVER (PARTITION BY unit_hash) AS requests,
                    sum(CASE WHEN reason = 'fallback' THEN 1 ELSE 0 END) OVER (PARTITION BY unit_hash) AS fallbacks
                FROM exposure WHERE split = \(split) AND at < \(last)) u
            WHERE u.turn = 1 ORDER BY u.unit_hash LIMIT \(Self.unitsReadMax)
            """
        ) { row in
            guard let arm = ArmName(rawValue: try row.text("arm")) else {
                throw GatehouseError(.internalFailure, "An exposure is of the unknown arm '\(try row.text("arm"))'.")
            }
            return ExposedUnit(
                unitHash: try row.text("unit_hash"), arm: arm, segment: try row.text("segment"),
                first: try row.timestamp("first_at"), requests: Int(try row.integer("requests")),
                fallbacks: Int(try row.integer("fallbacks")), outcome: try row.optional("outcome", row.double))
        }
    }

    /// The pairs of a shadow version, oldest first, after a time; `limit` of them at most.
    package func shadowPairs(
        endpoint: String, version: VersionNumber, from: Timestamp, until: Timestamp, limit: Int = 200_000
    ) throws -> [ShadowPair] {
        try rows(
            """
            SELECT document FROM shadow_pair WHERE endpoint = \(endpoint) AND shadow_version = \(version)
                AND at >= \(from) AND at < \(until) ORDER BY at, request_id LIMIT \(limit)
            """
        ) { try StoredJSON.value($0.text("document")) }
    }

    /// How much of a split's arm is kept by itself.
    package func keptExposures(of split: String, arm: ArmName) throws -> KeptShare {
        KeptShare(try sample(.exposure, scope: "\(split)/\(arm.rawValue)"))
    }

    package func keptPairs(endpoint: String, version: VersionNumber) throws -> KeptShare {
        KeptShare(try sample(.shadow, scope: "\(endpoint)/\(version)"))
    }
}

extension KeptShare {
    fileprivate init(_ sample: RecordSample) {
        share = Double(sample.places) / Double(RecordSample.placesMax)
        seen = sample.seen
        kept = sample.kept
    }
}
