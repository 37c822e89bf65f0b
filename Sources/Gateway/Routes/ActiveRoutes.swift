package import GatehouseCore
package import NIOCore
package import Serving

/// A route table made ready for serving: names looked up by their bytes, header blocks written out, versions numbered so
/// that an event loop finds its pool by index. Immutable and shared by all loops; a class, so that a request in flight keeps
/// the table it began with by one reference.
package final class ActiveRoutes: Sendable {
    package let number: Int64
    package let endpoints: [ActiveEndpoint]
    /// Every version that may get requests, at its `index`.
    package let versions: [ActiveVersion]
    private let names: NameTable

    /// Fails with `invalidArgument` for a table with an endpoint or segment twice, without a champion that can be reached, or
    /// with numbers out of range.
    package init(_ table: RouteTable, local: any LocalVersions = NoLocalVersions()) throws(GatehouseError) {
        var compiler = RouteCompiler(local: local)
        var endpoints: [ActiveEndpoint] = []
        for endpoint in table.endpoints { endpoints.append(try compiler.endpoint(endpoint)) }
        names = try NameTable(endpoints.map(\.name), of: "endpoint")
        number = table.number
        self.endpoints = endpoints
        versions = compiler.versions
    }

    /// The table before the first one has come: no endpoints.
    package init() {
        number = 0
        endpoints = []
        versions = []
        names = NameTable()
    }

    package func endpoint(named bytes: Span<UInt8>) -> ActiveEndpoint? { names.index(of: bytes).map { endpoints[$0] } }
}

package final class ActiveEndpoint: Sendable {
    package let name: String
    package let model: String
    package let environment: String
    package let rules: EndpointRules
    package let segments: [ActiveSegment]
    package let bodyBytesMax: Int
    package let deadline: TimeAmount
    /// Whether the body must be read to know unit or segment.
    package let readsBody: Bool
    private let defaultSegment: ActiveSegment?
    private let names: NameTable

    init(_ route: EndpointRoute, segments: [ActiveSegment]) throws(GatehouseError) {
        name = route.name
        model = route.model
        environment = route.environment
        rules = route.rules
        self.segments = segments
        names = try NameTable(segments.map(\.name), of: "segment of '\(route.name)'")
        defaultSegment = segments.first { $0.name == SegmentPath.root }
        bodyBytesMax = min(route.rules.bodyBytesMax, GatewayLimits.bodyBytesMax)
        deadline = .milliseconds(Int64(route.rules.deadlineMilliseconds))
        readsBody = [route.rules.unit, route.rules.segment].contains { field in
            switch field {
            case .member: true
            case .header, nil: false
            }
        }
    }

    /// The route of a segment: its own, that of the nearest segment above it (`eu/de`, `eu`), or the default one unless the
    /// rules forbid it. A request that names none is of the default segment.
    package func segment(named bytes: Span<UInt8>) -> ActiveSegment? {
        var length = bytes.count
        while length > 0 {
            if let index = names.index(of: bytes.extracting(first: length)) { return segments[index] }
            repeat { length -= 1 } while length > 0 && bytes[length] != SegmentPath.separator
        }
        return bytes.isEmpty == false && rules.noDefault ? nil : defaultSegment
    }
}

private enum SegmentPath {
    static let root = "default"
    static let separator = UInt8(ascii: "/")
}

package final class ActiveSegment: Sendable {
    package let name: String
    package let champion: ActiveArm
    package let challenger: ActiveArm?
    package let lastKnownGood: ActiveArm?
    package let split: TrafficSplit?
    package let shadow: ShadowRoute?
    /// The version that gets copies.
    package let shadowVersion: ActiveVersion?
    /// How much of a body is kept for the records of this segment; 0: nothing reads it.
    package let keptBodyBytesMax: Int

    init(
        _ route: SegmentRoute, champion: ActiveArm, challenger: ActiveArm?, lastKnownGood: ActiveArm?,
        shadowVersion: ActiveVersion?, keptBodyBytesMax: Int
    ) {
        name = route.segment
        self.champion = champion
        self.challenger = challenger
        self.lastKnownGood = lastKnownGood
        split = route.split
        shadow = route.shadow
        self.shadowVersion = shadowVersion
        self.keptBodyBytesMax = keptBodyBytesMax
    }

    /// The arm of a version that a tester may ask for.
    func arm(ofVersion version: Int64) -> ActiveArm? {
        if champion.version.served.version == version { return champion }
        if let challenger, challenger.version.served.version == version { return challenger }
        if let lastKnownGood, lastKnownGood.version.served.version == version { return lastKnownGood }
        return nil
    }
}

/// A version in its place in a segment.
package final class ActiveArm: Sendable {
    package let name: ArmName
    package let version: ActiveVersion
    /// The fields that every answer of this arm carries, written out up to the value of the last one, the request's id.
    let answerFields: ByteBuffer

    init(_ name: ArmName, _ version: ActiveVersion, answerFields: ByteBuffer) {
        self.name = name
        self.version = version
        self.answerFields = answerFields
    }
}

/// A pinned version and where it is reached.
package final class ActiveVersion: Sendable {
    package let served: ServedVersion
    package let model: String
    package let place: Place
    package let connectDeadline: TimeAmount
    /// Its place in `ActiveRoutes.versions`.
    package let index: Int

    package enum Place: Sendable {
        case server(UpstreamAddress)
        case process(any LocalUpstream)
    }

    init(_ served: ServedVersion, model: String, place: Place, connectDeadline: TimeAmount, index: Int) {
        self.served = served
        self.model = model
        self.place = place
        self.connectDeadline = connectDeadline
        self.index = index
    }
}
