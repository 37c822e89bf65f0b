package import GatehouseCore

/// Where a webhook's requests go: an `http` or `https` URL, or that of a NATS server, taken apart once.
package struct WebhookURL: Hashable, Sendable {
    package enum Scheme: String, Sendable, CaseIterable {
        case http
        case https
        case nats
        /// NATS over TLS.
        case tls

        package static let web: [Scheme] = [.http, .https]

        var isSecure: Bool { self == .https || self == .tls }

        var portDefault: Int {
            switch self {
            case .http: 80
            case .https: 443
            case .nats, .tls: 4222
            }
        }
    }

    package static let bytesMax = 2048
    private static let hostBytesMax = 253

    package let text: String
    package let scheme: Scheme
    /// A name or an address, without brackets.
    package let host: String
    package let port: Int
    /// Path and query, as they stand in a request.
    let target: String
    /// `https://host:port`: what may stand in records. The rest of a URL can be a secret.
    package let origin: String

    /// Fails with `invalidArgument`, in MLflow's words where it has any.
    package init(_ text: String, schemes: [Scheme] = Scheme.web) throws(GatehouseError) {
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw Self.malformed("Webhook URL cannot be empty or just whitespace: '\(text.prefix(80))'")
        }
        guard text.utf8.count <= Self.bytesMax, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Self.malformed(
                "Webhook URL must be at most \(Self.bytesMax) printable ASCII characters",
                hint: "Percent-encode the others, and write the host as xn--….")
        }
        let halves = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        let name = halves.count == 2 ? halves[0].lowercased() : ""
        guard let scheme = Scheme(rawValue: name), schemes.contains(scheme) else { throw Self.scheme(name, of: schemes) }
        let rest = halves[1].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else {
            throw Self.malformed(
                "Webhook URL must not hold a user or password", hint: "Use a secret: requests are signed with it.")
        }
        guard let place = Self.place(authority, portDefault: scheme.portDefault) else {
            throw Self.malformed("Webhook URL must include a hostname: '\(text.prefix(80))'")
        }
        let path = rest.dropFirst(authority.count)
        self.text = text
        self.scheme = scheme
        (host, port) = place
        target = path.hasPrefix("/") ? String(path) : "/\(path)"
        origin = "\(name)://\(authority)"
    }

    /// As it stands in the `Host` header.
    var hostHeader: String { String(origin.drop { $0 != "/" }.dropFirst(2)) }

    package var isSecure: Bool { scheme.isSecure }

    /// What it should begin with where everybody can listen.
    var secureScheme: String { (scheme == .nats ? Scheme.tls : .https).rawValue }
    var insecure: GatehouseError { Self.scheme(scheme.rawValue, of: scheme == .nats ? [.nats, .tls] : Scheme.web) }

    /// A host that is an address already.
    package var address: IPAddress? { IPAddress(host) }

    static func scheme(_ name: String, of schemes: [Scheme] = Scheme.web) -> GatehouseError {
        let allowed = schemes.filter(\.isSecure).map(\.rawValue).joined(separator: ", ")
        return malformed("Invalid webhook URL scheme: '\(name.prefix(40))'. Allowed schemes are: \(allowed).")
    }

    /// A name or `[address]`, with a port or none.
    private static func place(_ authority: Substring, portDefault: Int) -> (host: String, port: Int)? {
        let isBracketed = authority.hasPrefix("[")
        guard let end = authority.firstIndex(of: isBracketed ? "]" : ":") ?? (isBracketed ? nil : authority.endIndex) else {
            return nil
        }
        let host = authority[..<end].dropFirst(isBracketed ? 1 : 0)
        let isHost =
            isBracketed
            ? IPAddress(host)?.isIPv6 == true
            : (1...hostBytesMax).contains(host.utf8.count)
                && host.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || [0x2D, 0x2E, 0x5F].contains(byte)
                }
        guard isHost else { return nil }
        let tail = authority[end...].dropFirst(isBracketed ? 1 : 0)
        guard !tail.isEmpty else { return (String(host), portDefault) }
        let digits = tail.dropFirst()
        guard tail.first == ":", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits), port > 0
        else { return nil }
        return (String(host), Int(port))
    }

    private static func malformed(_ message: String, hint: String? = nil) -> GatehouseError {
        GatehouseError(.invalidArgument, message, hint: hint)
    }
}
