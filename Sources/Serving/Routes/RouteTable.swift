package import GatehouseCore

/// What a gateway serves from: an immutable, numbered snapshot of every endpoint. A change makes a new table with the next
/// number; a gateway never goes back to a lower one.
package struct RouteTable: Codable, Sendable, Equatable {
    /// The form of this document. A gateway refuses a form it does not know instead of guessing.
    package static let currentFormat = 1
    package static let payloadType = "application/vnd.gatehouse.route-table+json"
    package static let bytesMax = 16 << 20
    package static let endpointsMax = 1_000

    package let format: Int
    package let number: Int64
    /// When the registry made it, in milliseconds since 1970.
    package let createdAtMilliseconds: Int64
    package let endpoints: [EndpointRoute]

    package init(number: Int64, createdAt: Timestamp, endpoints: [EndpointRoute]) {
        format = Self.currentFormat
        self.number = number
        createdAtMilliseconds = createdAt.milliseconds
        self.endpoints = endpoints
    }

    enum CodingKeys: String, CodingKey {
        case format, number, endpoints
        case createdAtMilliseconds = "created_at_ms"
    }
}

/// The public name of a service: one model in one environment, with a route per segment.
package struct EndpointRoute: Codable, Sendable, Equatable {
    package let name: String
    package let model: String
    package let environment: String
    package let rules: EndpointRules
    /// In any order: `eu/de` falls back to `eu`, and that to `default` unless the rules say `noDefault`.
    package let segments: [SegmentRoute]

    package init(name: String, model: ModelName, environment: String, rules: EndpointRules, segments: [SegmentRoute]) {
        self.name = name
        self.model = model.text
        self.environment = environment
        self.rules = rules
        self.segments = segments
    }
}

/// How an endpoint reads a request and how long it waits.
package struct EndpointRules: Codable, Sendable, Equatable {
    /// Where the unit (the customer, the account) is named that keeps its arm: a header, or a member of the first row.
    package var unit: RequestField?
    /// Where the segment is named. Nil: every request is of the default segment.
    package var segment: RequestField?
    /// Requests of an unknown segment are refused instead of falling back to the default one.
    package var noDefault = false
    /// Digests of the tokens whose holders may choose a version by `x-gatehouse-version`.
    package var testerDigests: [Digest] = []
    package var bodyBytesMax = 1 << 20
    /// From the first byte of a request to the last of its answer.
    package var deadlineMilliseconds = 10_000
    package var connectDeadlineMilliseconds = 1_000
    package var whenChampionIsDown = ChampionDown.unavailable
    package var liveStatistics: LiveStatisticsRules?
    /// One request in so many is written to the access log; 0: none is.
    package var accessLogEvery = 100

    package init() {}

    /// What is absent has its default: an operator's own table says only what differs.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func value<Value: Decodable>(_ key: CodingKeys, default own: Value) throws -> Value {
            try container.decodeIfPresent(Value.self, forKey: key) ?? own
        }
        unit = try container.decodeIfPresent(RequestField.self, forKey: .unit)
        segment = try container.decodeIfPresent(RequestField.self, forKey: .segment)
        noDefault = try value(.noDefault, default: noDefault)
        testerDigests = try value(.testerDigests, default: testerDigests)
        bodyBytesMax = try value(.bodyBytesMax, default: bodyBytesMax)
        deadlineMilliseconds = try value(.deadlineMilliseconds, default: deadlineMilliseconds)
        connectDeadlineMilliseconds = try value(.connectDeadlineMilliseconds, default: connectDeadlineMilliseconds)
        whenChampionIsDown = try value(.whenChampionIsDown, default: whenChampionIsDown)
        liveStatistics = try container.decodeIfPresent(LiveStatisticsRules.self, forKey: .liveStatistics)
        accessLogEvery = try value(.accessLogEvery, default: accessLogEvery)
    }

    enum CodingKeys: String, CodingKey {
        case unit, segment
        case noDefault = "no_default"
        case testerDigests = "tester_digests"
        case bodyBytesMax = "body_bytes_max"
        case deadlineMilliseconds = "deadline_ms"
        case connectDeadlineMilliseconds = "connect_deadline_ms"
        case whenChampionIsDown = "when_champion_is_down"
        case liveStatistics = "live_statistics"
        case accessLogEvery = "access_log_every"
    }
}

/// A place in a request. On the wire `{"header": "x-customer"}` or `{"member": "customer_id"}`.
package enum RequestField: Codable, Sendable, Equatable {
    /// A header's name, lower case.
    case header(String)
    /// A feature's name: the cell of the first row.
    case member(String)

    private enum CodingKeys: String, CodingKey { case header, member }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let name = try container.decodeIfPresent(String.self, forKey: .header) {
            self = .header(name)
        } else {
            self = .member(try container.decode(String.self, forKey: .member))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .header(let name): try container.encode(name, forKey: .header)
        case .member(let name): try container.encode(name, forKey: .member)
        }
    }
}

package enum ChampionDown: String, Codable, Sendable {
    /// 503 with `retry-after`.
    case unavailable
    /// The version that was active before it, marked as a fallback.
    case lastKnownGood = "last_known_good"
}

/// Which buckets the gateway counts features in: those of the training statistics, so that drift compares like with like.
package struct LiveStatisticsRules: Codable, Sendable, Equatable {
    /// One request in so many is looked into.
    package var every = 10
    package var features: [FeatureBuckets] = []

    package init() {}
}

/// The buckets of one feature, as training saw it.
package struct FeatureBuckets: Codable, Sendable, Equatable {
    package let name: String
    /// Inner edges of numeric buckets, ascending: n edges make n + 1 buckets, and an edge belongs to the one above it. Nil:
    /// categories.
    package let edges: [Double]?
    /// Known categories; whatever else comes is counted as new.
    package let categories: [String]?

    package init(name: String, edges: [Double]? = nil, categories: [String]? = nil) {
        self.name = name
        self.edges = edges
        self.categories = categories
    }
}

/// What answers for one segment.
package struct SegmentRoute: Codable, Sendable, Equatable {
    package let segment: String
    package let champion: ServedVersion
    /// Where a rollback goes, kept warm: the version that was active before.
    package var lastKnownGood: ServedVersion?
    package var split: TrafficSplit?
    package var shadow: ShadowRoute?

    package init(segment: String, champion: ServedVersion) {
        self.segment = segment
        self.champion = champion
    }

    enum CodingKeys: String, CodingKey {
        case segment, champion, split, shadow
        case lastKnownGood = "last_known_good"
    }
}

/// A version pinned by number and digest, and where it runs.
package struct ServedVersion: Codable, Sendable, Hashable {
    package let version: Int64
    package let digest: Digest
    package let upstream: Upstream

    package init(version: VersionNumber, digest: Digest, upstream: Upstream) {
        self.version = version.value
        self.digest = digest
        self.upstream = upstream
    }
}

/// Where a version runs. On the wire `"native"`, `"managed"` or the address.
package enum Upstream: Codable, Sendable, Hashable {
    /// A server under this base address, `http://host:port/path`; the scheme says what it speaks.
    case url(String)
    /// The model is read from its artifact and scored in the gateway.
    case native
    /// `mlflow models serve` on the artifact, started and watched by the gateway.
    case managed

    package init(from decoder: any Decoder) throws {
        switch try decoder.singleValueContainer().decode(String.self) {
        case "native": self = .native
        case "managed": self = .managed
        case let address: self = .url(address)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .native: try container.encode("native")
        case .managed: try container.encode("managed")
        case .url(let address): try container.encode(address)
        }
    }
}

/// Where copies of requests go.
package struct ShadowRoute: Codable, Sendable, Equatable {
    package let version: ServedVersion
    /// In parts of `Bucketing.total`, chosen by a salt of its own: else shadow and challenger would see the same units.
    package let buckets: Int
    package let salt: String
    package var limits = ShadowLimits()

    package init(version: ServedVersion, buckets: Int, salt: String) {
        self.version = version
        self.buckets = buckets
        self.salt = salt
    }
}

/// What a shadow may take from production, in all.
package struct ShadowLimits: Codable, Sendable, Equatable {
    package var waitingMax = 1_000
    package var waitingBytesMax = 64 << 20
    package var concurrencyMax = 64
    /// Larger bodies are not copied; they are counted by size.
    package var bodyBytesMax = 1 << 20
    package var deadlineMilliseconds = 5_000
    /// The shadow pauses while production's p95 is this much above what it is without the shadow.
    package var pauseAboveP95Ratio = 1.2

    package init() {}

    enum CodingKeys: String, CodingKey {
        case waitingMax = "waiting_max"
        case waitingBytesMax = "waiting_bytes_max"
        case concurrencyMax = "concurrency_max"
        case bodyBytesMax = "body_bytes_max"
        case deadlineMilliseconds = "deadline_ms"
        case pauseAboveP95Ratio = "pause_above_p95_ratio"
    }
}
