package import GatehouseCore
package import Serving

/// The public name of a service: which model of which environment answers, where its versions run, and how a request is read.
package struct ServingEndpoint: Sendable, Equatable {
    package let name: String
    package let model: ModelName
    package let environment: String
    package let upstreams: UpstreamPlan
    /// Without the buckets of features: those come from the training statistics of whatever is served.
    package let rules: EndpointRules

    package static let nameBytesMax = 64
    static let testersMax = 100
    static let deadlineMillisecondsMax = 600_000
    static let bodyBytesMax = 64 << 20

    /// Fails with `invalidArgument` for a name that cannot stand in a path, and for rules that no request could meet.
    package init(
        name: String, model: ModelName, environment: String, upstreams: UpstreamPlan, rules: EndpointRules
    ) throws(GatehouseError) {
        self.name = try Self.checked(name: name)
        self.model = model
        self.environment = environment
        self.upstreams = upstreams
        self.rules = rules
        try Self.check(rules)
    }

    /// Lower-case letters, digits, `-`, `_` and `.`: it stands in URLs as it is.
    package static func checked(name: String) throws(GatehouseError) -> String {
        let isClean = name.utf8.allSatisfy { byte in
            (97...122).contains(byte) || (48...57).contains(byte) || "-_.".utf8.contains(byte)
        }
        guard (1...nameBytesMax).contains(name.utf8.count), isClean, name.first != ".", name.first != "-" else {
            throw GatehouseError(
                .invalidArgument, "'\(name.prefix(80))' cannot be the name of an endpoint.",
                hint: "Use 1 to \(nameBytesMax) of a-z, 0-9, '-', '_' and '.', and begin with a letter or digit.")
        }
        return name
    }

    private static func check(_ rules: EndpointRules) throws(GatehouseError) {
        for field in [rules.unit, rules.segment] {
            guard let field else { continue }
            try check(field)
        }
        if rules.noDefault, rules.segment == nil {
            throw GatehouseError(
                .invalidArgument, "'no_default' refuses every request, because nothing says where the segment is named.",
                hint: "Add, for example, segment: {header: x-region}.")
        }
        try check("deadline_ms", rules.deadlineMilliseconds, in: 1...deadlineMillisecondsMax)
        try check("connect_deadline_ms", rules.connectDeadlineMilliseconds, in: 1...rules.deadlineMilliseconds)
        try check("body_bytes_max", rules.bodyBytesMax, in: 1...bodyBytesMax)
        try check("access_log_every", rules.accessLogEvery, in: 0...1_000_000_000)
        if let live = rules.liveStatistics { try check("live_statistics.every", live.every, in: 1...1_000_000_000) }
        try check("the number of testers", rules.testerDigests.count, in: 0...testersMax)
    }

    private static func check(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws(GatehouseError) {
        guard range.contains(value) else {
            throw GatehouseError(
                .invalidArgument, "\(name) is \(value); it can be \(range.lowerBound) to \(range.upperBound).")
        }
    }

    private static func check(_ field: RequestField) throws(GatehouseError) {
        switch field {
        case .header(let name):
            // RFC 9110, §5.1: a token; here in lower case, as the gateway compares it.
            let isToken = name.utf8.allSatisfy { byte in
                (97...122).contains(byte) || (48...57).contains(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
            guard (1...200).contains(name.utf8.count), isToken else {
                throw GatehouseError(
                    .invalidArgument, "'\(name.prefix(80))' cannot be the name of a header.",
                    hint: "Write it in lower case, such as x-customer.")
            }
        case .member(let name):
            guard (1...200).contains(name.utf8.count),
                name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
            else {
                throw GatehouseError(.invalidArgument, "'\(name.prefix(80))' cannot be the name of a feature.")
            }
        }
    }
}

/// Where the versions of an endpoint run: one pattern, and exceptions by version number.
package struct UpstreamPlan: Codable, Sendable, Equatable {
    package static let native = "native"
    package static let managed = "managed"
    static let overridesMax = 1_000
    static let addressBytesMax = 2_000

    /// HTTP; HTTP to a server that speaks MLflow's `/invocations` only; gRPC.
    private static let schemes = ["http://", "https://", "mlflow+http://", "mlflow+https://", "grpc://", "grpcs://"]

    /// `native`, `managed`, or an address in which `{version}` and `{digest}` are replaced.
    package let pattern: String
    /// By version number, in decimal digits.
    package let overrides: [String: String]

    /// Fails with `invalidArgument` for what is no address, and for a pattern under which all versions would be one server.
    package init(pattern: String, overrides: [String: String] = [:]) throws(GatehouseError) {
        guard overrides.count <= Self.overridesMax else {
            throw GatehouseError(
                .invalidArgument, "An endpoint has at most \(Self.overridesMax) versions with addresses of their own.")
        }
        try Self.check(pattern)
        let isPlace = pattern == Self.native || pattern == Self.managed
        guard isPlace || pattern.contains("{version}") || pattern.contains("{digest}") else {
            throw GatehouseError(
                .invalidArgument, "Under '\(pattern.prefix(80))' all versions would be the same server.",
                hint: "Put {version} or {digest} where the addresses differ, or name each under versions:.")
        }
        for (number, address) in overrides {
            guard let value = Int64(number), value >= 1, String(value) == number else {
                throw GatehouseError(.invalidArgument, "'\(number.prefix(80))' under versions is no version number.")
            }
            try Self.check(address)
        }
        self.pattern = pattern
        self.overrides = overrides
    }

    package func upstream(of version: VersionNumber, digest: Digest) -> Upstream {
        let text = overrides[version.description] ?? pattern
        switch text {
        case Self.native: return .native
        case Self.managed: return .managed
        default:
            return .url(text.replacing("{version}", with: version.description).replacing("{digest}", with: digest.hex))
        }
    }

    private static func check(_ text: String) throws(GatehouseError) {
        if text == native || text == managed { return }
        guard let scheme = schemes.first(where: text.hasPrefix) else {
            let near = Suggestion.nearest(to: text, in: [native, managed]).map { "Did you mean '\($0)'?" }
            throw GatehouseError(
                .invalidArgument, "'\(text.prefix(80))' is not where a version could run.",
                hint: near ?? "Write native, managed, or an address such as http://scoring:8080/{version}.")
        }
        let authority = text.dropFirst(scheme.count).prefix { $0 != "/" }
        let isClean = text.utf8.allSatisfy { $0 > 32 && $0 < 127 } && !text.contains("?") && !text.contains("#")
        guard !authority.isEmpty, isClean, text.utf8.count <= addressBytesMax else {
            throw GatehouseError(
                .invalidArgument, "'\(text.prefix(80))' is no address of a server.",
                hint: "Write http://host:port/path or https://host/path in ASCII, without '?' and '#'.")
        }
        guard !authority.contains("@") else {
            throw GatehouseError(
                .invalidArgument,
                "The address of an endpoint carries no user name and password: route tables are shown and kept.",
                hint: "Remove everything up to the '@'.")
        }
        let path = text.dropFirst(scheme.count + authority.count)
        guard scheme.hasPrefix("grpc") == false || path.dropFirst().contains("/") == false else {
            throw GatehouseError(
                .invalidArgument, "'\(text.prefix(80))': behind a server of gRPC there is no path, only the name of a model.",
                hint: "Write grpc://host:port, or grpc://host:port/name.")
        }
    }
}
