import GatehouseCore
import NIOCore
import NIOSSL
import Serving

/// Turns the parts of a route table into what event loops use.
struct RouteCompiler {
    static let deadlineMillisecondsMax = 3_600_000
    static let segmentsMax = 1_000

    /// One version is one entry, however many segments it serves: its connections and its breaker are shared.
    private struct Key: Hashable {
        let model: String
        let served: ServedVersion
        let connectDeadlineMilliseconds: Int
    }

    let local: any LocalVersions
    private(set) var versions: [ActiveVersion] = []
    private var known: [Key: Int] = [:]
    private let trust: UpstreamTrust
    /// Each made for the first address that needs it.
    private var tls: [UpstreamDialect: NIOSSLContext] = [:]

    init(local: any LocalVersions, trust: UpstreamTrust) {
        self.local = local
        self.trust = trust
    }

    mutating func endpoint(_ route: EndpointRoute) throws(GatehouseError) -> ActiveEndpoint {
        let rules = route.rules
        guard (1...Self.deadlineMillisecondsMax).contains(rules.deadlineMilliseconds),
            (1...Self.deadlineMillisecondsMax).contains(rules.connectDeadlineMilliseconds), rules.bodyBytesMax >= 0
        else {
            throw GatehouseError(
                .invalidArgument, "Endpoint '\(route.name)' has a deadline or body size out of range.",
                hint: "Deadlines are 1 to \(Self.deadlineMillisecondsMax) ms.")
        }
        guard (1...Self.segmentsMax).contains(route.segments.count) else {
            throw GatehouseError(
                .invalidArgument, "Endpoint '\(route.name)' has \(route.segments.count) segments.",
                hint: "It needs 1 to \(Self.segmentsMax).")
        }
        var segments: [ActiveSegment] = []
        for segment in route.segments { segments.append(try self.segment(segment, of: route)) }
        return try ActiveEndpoint(route, segments: segments)
    }

    private mutating func segment(_ segment: SegmentRoute, of endpoint: EndpointRoute) throws(GatehouseError) -> ActiveSegment {
        let champion = try arm(.champion, segment.champion, segment, endpoint)
        var challenger: ActiveArm?
        if let split = segment.split {
            guard (0...Bucketing.total).contains(split.buckets) else {
                throw GatehouseError(
                    .invalidArgument, "The split '\(split.id)' of endpoint '\(endpoint.name)' has \(split.buckets) buckets.",
                    hint: "A share is 0 to \(Bucketing.total).")
            }
            challenger = try arm(.challenger, split.challenger, segment, endpoint)
        }
        var lastKnownGood: ActiveArm?
        if let version = segment.lastKnownGood { lastKnownGood = try arm(.champion, version, segment, endpoint) }
        var shadow: ActiveVersion?
        if let route = segment.shadow { shadow = try version(route.version, endpoint) }
        let kept = max(
            segment.shadow.map { max(0, $0.limits.bodyBytesMax) } ?? 0,
            segment.split != nil || endpoint.rules.liveStatistics != nil ? GatewayLimits.heldBodyBytesMax : 0)
        return ActiveSegment(
            segment, champion: champion, challenger: challenger, lastKnownGood: lastKnownGood, shadowVersion: shadow,
            keptBodyBytesMax: min(kept, GatewayLimits.bodyBytesMax))
    }

    private mutating func arm(
        _ name: ArmName, _ served: ServedVersion, _ segment: SegmentRoute, _ endpoint: EndpointRoute
    ) throws(GatehouseError) -> ActiveArm {
        for text in [endpoint.name, endpoint.model, segment.segment] where text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        {
            throw GatehouseError(.invalidArgument, "A name in endpoint '\(endpoint.name)' holds a control character.")
        }
        let fields = """
            x-gatehouse-model: \(endpoint.model)\r
            x-gatehouse-version: \(served.version)\r
            x-gatehouse-digest: \(served.digest)\r
            x-gatehouse-segment: \(segment.segment)\r
            x-gatehouse-arm: \(name.rawValue)\r
            x-gatehouse-request-id:\u{20}
            """
        return ActiveArm(name, try version(served, endpoint), answerFields: ByteBuffer(string: fields))
    }

    private mutating func version(_ served: ServedVersion, _ endpoint: EndpointRoute) throws(GatehouseError) -> ActiveVersion {
        let connect = endpoint.rules.connectDeadlineMilliseconds
        let key = Key(model: endpoint.model, served: served, connectDeadlineMilliseconds: connect)
        if let index = known[key] { return versions[index] }
        let place = try place(of: served, endpoint)
        let version = ActiveVersion(
            served, model: endpoint.model, place: place, tls: try context(for: place),
            connectDeadline: .milliseconds(Int64(connect)), index: versions.count)
        known[key] = versions.count
        versions.append(version)
        return version
    }

    private mutating func context(for place: ActiveVersion.Place) throws(GatehouseError) -> NIOSSLContext? {
        guard case .server(let address) = place, address.isTLS else { return nil }
        if let made = tls[address.dialect] { return made }
        let made = try trust.context(for: address.dialect)
        tls[address.dialect] = made
        return made
    }

    private func place(of served: ServedVersion, _ endpoint: EndpointRoute) throws(GatehouseError) -> ActiveVersion.Place {
        switch served.upstream {
        case .url(let text):
            return .server(try UpstreamAddress(parsing: text))
        case .native, .managed:
            switch local.upstream(for: served, of: endpoint.model) {
            case .address(let address): return .server(address)
            case .process(let upstream): return .process(upstream)
            case .none:
                throw GatehouseError(
                    .invalidArgument,
                    "Endpoint '\(endpoint.name)' wants version \(served.version) run by the gateway, which runs no models.",
                    hint: "Give the address of a model server instead.")
            }
        }
    }
}
