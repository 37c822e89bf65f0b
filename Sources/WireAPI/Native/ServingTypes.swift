// What is served: endpoints, gateways and the inventory.

package import GatehouseCore

/// A place in a request: exactly one of the two.
package struct RequestFieldWire: Codable, Sendable, Equatable {
    package let header: String?
    package let member: String?

    package init(header: String? = nil, member: String? = nil) {
        self.header = header
        self.member = member
    }
}

/// An endpoint as it is set. What is absent has the value that docs/serving.md gives.
package struct EndpointCall: Codable, Sendable, Equatable {
    package let model: String
    package var environment: String?
    /// `native`, `managed`, or an address with `{version}` or `{digest}`.
    package let upstream: String
    /// By version number.
    package var versions: [String: String]?
    package var unit: RequestFieldWire?
    package var segment: RequestFieldWire?
    package var noDefault: Bool?
    package var testerDigests: [String]?
    package var bodyBytesMax: Int?
    package var deadlineMilliseconds: Int?
    package var connectDeadlineMilliseconds: Int?
    package var whenChampionIsDown: String?
    /// One request in so many is looked into; absent: none is.
    package var liveStatisticsEvery: Int?
    package var accessLogEvery: Int?

    package init(model: String, upstream: String) {
        self.model = model
        self.upstream = upstream
    }

    enum CodingKeys: String, CodingKey {
        case model, environment, upstream, versions, unit, segment
        case noDefault = "no_default"
        case testerDigests = "tester_digests"
        case bodyBytesMax = "body_bytes_max"
        case deadlineMilliseconds = "deadline_ms"
        case connectDeadlineMilliseconds = "connect_deadline_ms"
        case whenChampionIsDown = "when_champion_is_down"
        case liveStatisticsEvery = "live_statistics_every"
        case accessLogEvery = "access_log_every"
    }
}

/// One version that an endpoint's route names, in one role.
package struct RouteAnswer: Codable, Sendable, Equatable {
    package let segment: String
    /// `champion`, `challenger`, `shadow` or `last_known_good`.
    package let role: String
    package let version: Int64
    package let digest: String
    package let upstream: String
    /// Of the requests or units of the segment: of the challenger and the shadow.
    package let share: Double?

    package init(segment: String, role: String, version: Int64, digest: String, upstream: String, share: Double?) {
        self.segment = segment
        self.role = role
        self.version = version
        self.digest = digest
        self.upstream = upstream
        self.share = share
    }
}

package struct EndpointAnswer: Codable, Sendable {
    package let name: String
    package let settings: EndpointCall
    /// What the newest route table says. Empty: no version is in a slot of it yet.
    package let routes: [RouteAnswer]
    /// The newest table's number; nil: none was published.
    package let tableNumber: Int64?
    package let changedAt: String
    package let auditSequence: Int64

    package init(
        name: String, settings: EndpointCall, routes: [RouteAnswer], tableNumber: Int64?, changedAt: String, auditSequence: Int64
    ) {
        self.name = name
        self.settings = settings
        self.routes = routes
        self.tableNumber = tableNumber
        self.changedAt = changedAt
        self.auditSequence = auditSequence
    }

    enum CodingKeys: String, CodingKey {
        case name, settings, routes
        case tableNumber = "table_number"
        case changedAt = "changed_at"
        case auditSequence = "audit_sequence"
    }
}

// MARK: - Gateways

/// What a gateway says of itself, every few seconds and after every change of its table.
package struct GatewayReportCall: Codable, Sendable {
    package struct Served: Codable, Sendable, Equatable {
        package let endpoint: String
        package let segment: String
        /// `champion`, `challenger`, `shadow` or `last_known_good`.
        package let role: String
        package let version: Int64
        package let digest: String
        /// `ready`, `starting`, `failed` or `draining`.
        package let state: String
        package let reason: String?

        package init(
            endpoint: String, segment: String, role: String, version: Int64, digest: String, state: String,
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

    package let program: String
    package let startedAtMilliseconds: Int64
    /// Nil: it has no table yet.
    package let tableNumber: Int64?
    package let served: [Served]

    package init(program: String, startedAtMilliseconds: Int64, tableNumber: Int64?, served: [Served]) {
        self.program = program
        self.startedAtMilliseconds = startedAtMilliseconds
        self.tableNumber = tableNumber
        self.served = served
    }

    enum CodingKeys: String, CodingKey {
        case program, served
        case startedAtMilliseconds = "started_at_ms"
        case tableNumber = "table_number"
    }
}

package struct GatewayReportAnswer: Codable, Sendable {
    /// The newest table's number; nil: none was published.
    package let tableNumber: Int64?
    /// A report is expected at least this often.
    package let staleAfterSeconds: Int64

    package init(tableNumber: Int64?, staleAfterSeconds: Int64) {
        self.tableNumber = tableNumber
        self.staleAfterSeconds = staleAfterSeconds
    }

    enum CodingKeys: String, CodingKey {
        case tableNumber = "table_number"
        case staleAfterSeconds = "stale_after_seconds"
    }
}

/// The key under which gateways hash units and features, so that the registry finds the same hashes.
package struct RecordKeyAnswer: Codable, Sendable {
    /// 64 hexadecimal digits.
    package let key: String

    package init(key: String) { self.key = key }
}

package struct InventoryAnswer: Codable, Sendable {
    package struct Gateway: Codable, Sendable {
        package let id: String
        /// `current`, `behind` or `stale`.
        package let state: String
        package let tableNumber: Int64?
        package let program: String
        package let startedAt: String
        package let lastSeenAt: String

        package init(
            id: String, state: String, tableNumber: Int64?, program: String, startedAt: String, lastSeenAt: String
        ) {
            self.id = id
            self.state = state
            self.tableNumber = tableNumber
            self.program = program
            self.startedAt = startedAt
            self.lastSeenAt = lastSeenAt
        }

        enum CodingKeys: String, CodingKey {
            case id, state, program
            case tableNumber = "table_number"
            case startedAt = "started_at"
            case lastSeenAt = "last_seen_at"
        }
    }

    package struct Row: Codable, Sendable {
        package let gateway: String
        package let endpoint: String
        package let segment: String
        package let role: String
        package let version: Int64?
        package let digest: String?
        package let state: String?
        package let expectedVersion: Int64?
        package let expectedDigest: String?
        /// Nil: as the registry asks. Else `other`, `absent`, `unasked` or `not_ready`.
        package let difference: String?

        package init(
            gateway: String, endpoint: String, segment: String, role: String, version: Int64?, digest: String?, state: String?,
            expectedVersion: Int64?, expectedDigest: String?, difference: String?
        ) {
            self.gateway = gateway
            self.endpoint = endpoint
            self.segment = segment
            self.role = role
            self.version = version
            self.digest = digest
            self.state = state
            self.expectedVersion = expectedVersion
            self.expectedDigest = expectedDigest
            self.difference = difference
        }

        enum CodingKeys: String, CodingKey {
            case gateway, endpoint, segment, role, version, digest, state, difference
            case expectedVersion = "expected_version"
            case expectedDigest = "expected_digest"
        }
    }

    package let tableNumber: Int64?
    package let publishedAt: String?
    package let gateways: [Gateway]
    package let served: [Row]

    package init(tableNumber: Int64?, publishedAt: String?, gateways: [Gateway], served: [Row]) {
        self.tableNumber = tableNumber
        self.publishedAt = publishedAt
        self.gateways = gateways
        self.served = served
    }

    enum CodingKeys: String, CodingKey {
        case gateways, served
        case tableNumber = "table_number"
        case publishedAt = "published_at"
    }
}

// MARK: - Shadow runs

package struct StartShadowCall: Codable, Sendable {
    package let model: String
    package let version: Int64
    package let endpoint: String
    package let segment: String?
    package let fraction: Double?

    package init(model: String, version: Int64, endpoint: String, segment: String?, fraction: Double?) {
        self.model = model
        self.version = version
        self.endpoint = endpoint
        self.segment = segment
        self.fraction = fraction
    }
}

package struct ShadowRunAnswer: Codable, Sendable {
    package let id: String
    package let endpoint: String
    /// Nil: requests of every segment.
    package let segment: String?
    package let modelName: String
    package let modelVersion: Int64
    package let digest: String
    package let fraction: Double
    package let startedAt: String
    /// Nil: it runs.
    package let stoppedAt: String?
    package let auditSequence: Int64

    package init(
        id: String, endpoint: String, segment: String?, modelName: String, modelVersion: Int64, digest: String,
        fraction: Double, startedAt: String, stoppedAt: String?, auditSequence: Int64
    ) {
        self.id = id
        self.endpoint = endpoint
        self.segment = segment
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.digest = digest
        self.fraction = fraction
        self.startedAt = startedAt
        self.stoppedAt = stoppedAt
        self.auditSequence = auditSequence
    }

    enum CodingKeys: String, CodingKey {
        case id, endpoint, segment, digest, fraction
        case modelName = "model_name"
        case modelVersion = "model_version"
        case startedAt = "started_at"
        case stoppedAt = "stopped_at"
        case auditSequence = "audit_sequence"
    }
}

package struct ShadowReportAnswer: Codable, Sendable {
    package let run: ShadowRunAnswer
    /// The numbers; docs/serving.md has their meaning.
    package let report: JSONValue
    /// The same for people.
    package let lines: [String]

    package init(run: ShadowRunAnswer, report: JSONValue, lines: [String]) {
        self.run = run
        self.report = report
        self.lines = lines
    }
}
