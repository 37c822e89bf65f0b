package import GatehouseCore
package import NIOCore
import NIOSSL
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
    package init(
        _ table: RouteTable, local: any LocalVersions = NoLocalVersions(), trust: UpstreamTrust = .system
    ) throws(GatehouseError) {
        var compiler = RouteCompiler(local: local, trust: trust)
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
    /// Whether a body is held until it is whole, however long: unit or segment stand in it, or a version of this process
    /// answers.
    let holdsBody: Bool
    /// Whether that holds for what is asked in the Open Inference Protocol, because a version's server is asked in another form.
    let holdsInference: Bool
    /// The member that names unit or segment, where one does.
    let unitHeader: [UInt8]?
    let segmentHeader: [UInt8]?
    let unitMember: String?
    let segmentMember: String?
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
        (unitHeader, unitMember) = Self.parts(of: route.rules.unit)
        (segmentHeader, segmentMember) = Self.parts(of: route.rules.segment)
        let isLocal = segments.contains { $0.arms.contains { $0.version.isLocal } }
        holdsInference = segments.contains { $0.arms.contains { $0.version.isTranslated } }
        holdsBody = isLocal || unitMember != nil || segmentMember != nil
    }

    private static func parts(of field: RequestField?) -> (header: [UInt8]?, member: String?) {
        switch field {
        case .header(let name): (Array(name.lowercased().utf8), nil)
        case .member(let name): (nil, name)
        case nil: (nil, nil)
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
    /// Asked with every request, which need not copy split or shadow for it.
    let hasSplit: Bool
    let hasShadow: Bool
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
        hasSplit = route.split != nil
        hasShadow = route.shadow != nil
        self.shadowVersion = shadowVersion
        self.keptBodyBytesMax = keptBodyBytesMax
    }

    var arms: [ActiveArm] { [champion, challenger, lastKnownGood].compactMap { $0 } }

    /// The arm of a version that a tester may ask for.
    func arm(ofVersion version: Int64) -> ActiveArm? {
        arms.first { $0.version.served.version == version }
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
    /// What its server is verified with, where the address asks for TLS.
    let tls: NIOSSLContext?
    /// Its place in `ActiveRoutes.versions`.
    package let index: Int
    /// What comes before the target in a request to it, and the fields it is sent, up to the value of the last one, the
    /// request's id.
    let basePath: ByteBuffer
    let requestFields: ByteBuffer

    package enum Place: Sendable {
        case server(UpstreamAddress)
        case process(any LocalUpstream)
    }

    /// Whether its server does not speak the Open Inference Protocol over HTTP.
    var isTranslated: Bool {
        switch place {
        case .server(let address): address.dialect != .http
        case .process: false
        }
    }

    var isLocal: Bool {
        switch place {
        case .server: false
        case .process: true
        }
    }

    init(
        _ served: ServedVersion, model: String, place: Place, tls: NIOSSLContext?, connectDeadline: TimeAmount, index: Int
    ) {
        self.served = served
        self.model = model
        self.place = place
        self.tls = tls
        self.connectDeadline = connectDeadline
        self.index = index
        switch place {
        case .server(let address):
            basePath = ByteBuffer(string: address.basePath)
            requestFields = ByteBuffer(string: "host: \(address.authority)\r\nx-request-id: ")
        case .process: (basePath, requestFields) = (ByteBuffer(), ByteBuffer())
        }
    }
}
