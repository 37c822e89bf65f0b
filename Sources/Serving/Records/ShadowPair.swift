package import GatehouseCore

/// What production and the shadow answered to the same bytes.
package struct ShadowPair: Codable, Sendable, Equatable {
    /// One side of the pair.
    package struct Answer: Codable, Sendable, Equatable {
        package let version: Int64
        /// HTTP status; nil: no answer came.
        package let status: Int?
        package let latencyMicroseconds: Int64
        /// One number per row; nil: the answer held none.
        package let predictions: [Double]?
        /// `connect`, `deadline`, `closed`, `malformed`; nil: none.
        package let failure: String?

        package init(
            version: Int64, status: Int?, latencyMicroseconds: Int64, predictions: [Double]?, failure: String? = nil
        ) {
            self.version = version
            self.status = status
            self.latencyMicroseconds = latencyMicroseconds
            self.predictions = predictions
            self.failure = failure
        }

        enum CodingKeys: String, CodingKey {
            case version, status, predictions, failure
            case latencyMicroseconds = "latency_us"
        }
    }

    package let requestID: String
    package let endpoint: String
    package let segment: String
    package let atMilliseconds: Int64
    /// HMAC of the canonical features under the registry's key: a plain hash of few possible values could be reversed.
    package let featuresHash: String?
    package let production: Answer
    package let shadow: Answer

    package init(
        requestID: String, endpoint: String, segment: String, at: Timestamp, featuresHash: String?, production: Answer,
        shadow: Answer
    ) {
        self.requestID = requestID
        self.endpoint = endpoint
        self.segment = segment
        atMilliseconds = at.milliseconds
        self.featuresHash = featuresHash
        self.production = production
        self.shadow = shadow
    }

    enum CodingKeys: String, CodingKey {
        case endpoint, segment, production, shadow
        case requestID = "request_id"
        case atMilliseconds = "at_ms"
        case featuresHash = "features_hash"
    }
}
