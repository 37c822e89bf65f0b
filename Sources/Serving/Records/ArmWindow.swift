package import GatehouseCore

/// What one gateway counted for one version of one segment in one span of time. Windows of the same arm add up, over time and
/// over gateways: everything in them is a count.
package struct ArmWindow: Codable, Sendable, Equatable {
    package let endpoint: String
    package let segment: String
    package let split: String?
    package let arm: ArmName
    package let version: Int64
    package let digest: Digest
    package private(set) var fromMilliseconds: Int64
    package var toMilliseconds: Int64
    package var requests = 0
    /// Answers of 500 and more, and requests that got no answer.
    package var errors = 0
    /// Answers of 400 to 499: the caller's mistake, no fault of the arm.
    package var rejected = 0
    package var latency = LatencyCounts()
    package var predictions = PredictionCounts()
    /// Ascending by name.
    package var features: [FeatureCounts] = []
    /// Names and types that were seen, whether or not training knew them.
    package var schema = ObservedSchema()
    /// Requests that were looked into for features, and those of them that could not be read.
    package var inspected = 0
    package var unreadable = 0
    package var shadow = ShadowCounts()

    package init(
        endpoint: String, segment: String, split: String?, arm: ArmName, version: Int64, digest: Digest, from: Timestamp
    ) {
        self.endpoint = endpoint
        self.segment = segment
        self.split = split
        self.arm = arm
        self.version = version
        self.digest = digest
        fromMilliseconds = from.milliseconds
        toMilliseconds = from.milliseconds
    }

    enum CodingKeys: String, CodingKey {
        case endpoint, segment, split, arm, version, digest, requests, errors, rejected, latency, predictions, features
        case inspected, unreadable, shadow, schema
        case fromMilliseconds = "from_ms"
        case toMilliseconds = "to_ms"
    }

    /// Adds what came at another time, on another loop or through another gateway. What was counted in other buckets (the rules
    /// changed in between) cannot be added: it is left out, and the answer is false.
    package mutating func add(_ other: ArmWindow) -> Bool {
        fromMilliseconds = min(fromMilliseconds, other.fromMilliseconds)
        toMilliseconds = max(toMilliseconds, other.toMilliseconds)
        requests += other.requests
        errors += other.errors
        rejected += other.rejected
        inspected += other.inspected
        unreadable += other.unreadable
        latency.add(other.latency)
        schema.add(other.schema)
        shadow.add(other.shadow)
        var isWhole = predictions.add(other.predictions)
        for theirs in other.features {
            if let mine = features.firstIndex(where: { $0.name == theirs.name }) {
                isWhole = features[mine].add(theirs) && isWhole
            } else {
                features.append(theirs)
            }
        }
        features.sort { $0.name < $1.name }
        return isWhole
    }

    /// Whether two windows are of the same arm, so that they may be added.
    package func isSameArm(as other: ArmWindow) -> Bool {
        endpoint == other.endpoint && segment == other.segment && split == other.split && arm == other.arm
            && version == other.version && digest == other.digest
    }
}
