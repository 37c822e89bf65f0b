package import GatehouseCore

/// Where a model server listens, and what it speaks: `http://host:port/base`, `mlflow+http://host:port/base` or
/// `grpc://host:port/model`; with an `s` behind `http` and `grpc` over TLS.
package struct UpstreamAddress: Sendable, Hashable {
    static let textBytesMax = 1_000

    package let host: String
    package let port: Int
    /// What comes before `/invocations`: empty, or a path without a slash at its end.
    package let basePath: String
    package let isTLS: Bool
    package let dialect: UpstreamDialect
    /// What a server of gRPC calls the model, where it is not the endpoint's name.
    package let callModel: String?

    /// Fails with `invalidArgument` for anything but a known scheme, a host, a port and a plain path.
    package init(parsing text: String) throws(GatehouseError) {
        let refusal = GatehouseError(
            .invalidArgument, "'\(text.prefix(120))' is not the address of a model server.",
            hint: "Write it as http://10.0.0.5:8080, http://scorer:8080/path or grpc://scorer:8001/model.")
        guard text.utf8.count <= Self.textBytesMax, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw refusal }
        guard let scheme = Self.schemes.first(where: { text.hasPrefix($0.text) }) else { throw refusal }
        (dialect, isTLS) = (scheme.dialect, scheme.isTLS)
        var rest = text.dropFirst(scheme.text.count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var path = rest[slash...]
        rest = rest[..<slash]
        while path.hasSuffix("/") { path = path.dropLast() }
        guard path.contains(where: { "?#\"<>\\^`{|}@".contains($0) }) == false, rest.contains("@") == false else { throw refusal }
        if scheme.dialect == .calls {
            basePath = ""
            callModel = path.isEmpty ? nil : String(path.dropFirst())
            guard path.dropFirst().contains("/") == false else { throw refusal }
        } else {
            (basePath, callModel) = (String(path), nil)
        }
        var portText: Substring?
        if rest.hasPrefix("["), let bracket = rest.firstIndex(of: "]") {
            host = String(rest[rest.index(after: rest.startIndex)..<bracket])
            let tail = rest[rest.index(after: bracket)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { throw refusal }
            portText = tail.isEmpty ? nil : tail.dropFirst()
        } else if let colon = rest.firstIndex(of: ":") {
            host = String(rest[..<colon])
            portText = rest[rest.index(after: colon)...]
        } else {
            host = String(rest)
        }
        guard host.isEmpty == false, host.contains(where: { "[]/?#".contains($0) }) == false else { throw refusal }
        if let portText {
            guard let number = Int(portText), (1...65_535).contains(number) else { throw refusal }
            port = number
        } else {
            port = isTLS ? 443 : 80
        }
    }

    private static let schemes: [(text: String, dialect: UpstreamDialect, isTLS: Bool)] = [
        ("http://", .http, false), ("https://", .http, true), ("mlflow+http://", .invocations, false),
        ("mlflow+https://", .invocations, true), ("grpc://", .calls, false), ("grpcs://", .calls, true),
    ]

    /// As it stands in a `Host` field.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }
}
