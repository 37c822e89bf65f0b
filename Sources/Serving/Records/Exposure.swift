package import GatehouseCore

/// Which arm answered which unit, and how. At most one per request id.
package struct Exposure: Codable, Sendable, Equatable {
    package enum Reason: String, Codable, Sendable, CaseIterable {
        case assigned
        /// A tester named the version: kept out of the statistics.
        case override
        /// The assigned version could not answer, and another one did.
        case fallback
        case noUnit = "no_unit"
        case holdout
        case otherLayer = "other_layer"
    }

    package let requestID: String
    package let endpoint: String
    package let segment: String
    /// The rollout or experiment; nil: the segment was not split.
    package let split: String?
    package let arm: ArmName
    package let reason: Reason
    /// HMAC of the unit under the registry's key, 64 hexadecimal digits: identifiers of people do not leave the gateway.
    package let unitHash: String?
    package let assignedVersion: Int64
    package let servedVersion: Int64
    package let servedDigest: Digest
    package let atMilliseconds: Int64
    package var featuresHash: String?
    /// The first prediction, where the answer was read.
    package var prediction: Double?
    package let latencyMicroseconds: Int64
    package let status: Int

    package init(
        requestID: String, endpoint: String, segment: String, split: String?, arm: ArmName, reason: Reason, unitHash: String?,
        assignedVersion: Int64, served: ServedVersion, at: Timestamp, latencyMicroseconds: Int64, status: Int
    ) {
        self.requestID = requestID
        self.endpoint = endpoint
        self.segment = segment
        self.split = split
        self.arm = arm
        self.reason = reason
        self.unitHash = unitHash
        self.assignedVersion = assignedVersion
        servedVersion = served.version
        servedDigest = served.digest
        atMilliseconds = at.milliseconds
        self.latencyMicroseconds = latencyMicroseconds
        self.status = status
    }

    enum CodingKeys: String, CodingKey {
        case endpoint, segment, split, arm, reason, prediction, status
        case requestID = "request_id"
        case unitHash = "unit_hash"
        case assignedVersion = "assigned_version"
        case servedVersion = "served_version"
        case servedDigest = "served_digest"
        case atMilliseconds = "at_ms"
        case featuresHash = "features_hash"
        case latencyMicroseconds = "latency_us"
    }
}

package enum ArmName: String, Codable, Sendable, CaseIterable {
    case champion, challenger, shadow
}
