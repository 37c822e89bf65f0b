import Glibc
import HTTPTypes
package import Hummingbird
import NIOCore

/// What keeps other people's web pages from using a browser that can reach this server: which `Host` and `Origin` it answers
/// to, as MLflow's server does, and headers on every answer.
package struct BrowserSafety: RouterMiddleware {
    package typealias Context = APIContext

    package static let foreignOrigin = "Cross-origin request blocked"
    static let foreignHost = "Invalid Host header - possible DNS rebinding attack detected"
    private static let exempt: Set = ["/health", "/version"]

    /// Lower-case names that `Host` may have beside this machine and private addresses; `*` allows any.
    let hosts: Set<String>
    /// Anybody may do anything: every answer says so.
    let isOpen: Bool

    package init(hosts: [String], isOpen: Bool) {
        self.hosts = Set(hosts.map { $0.lowercased() })
        self.isOpen = isOpen
    }

    package func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        if let refusal = refusal(request) {
            response = Response(
                status: .forbidden, headers: [.contentType: "text/plain"], body: .init(byteBuffer: ByteBuffer(string: refusal)))
        } else {
            response = try await next(request, context)
        }
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.xFrameOptions] = "SAMEORIGIN"
        response.headers[.vary] = "Origin"
        if isOpen { response.headers[.gatehouseWarning] = "no authentication: anybody may do anything" }
        return response
    }

    private func refusal(_ request: Request) -> String? {
        guard !Self.exempt.contains(request.uri.path) else { return nil }
        guard let host = request.head.authority, isKnown(HostName.of(authority: host)) else { return Self.foreignHost }
        guard Self.changesState(request.method), let origin = request.headers[.origin] else { return nil }
        return Self.isSameOrigin(request) || HostName.of(origin: origin).map(HostName.isThisMachine) ?? false
            ? nil : Self.foreignOrigin
    }

    private func isKnown(_ host: String) -> Bool {
        hosts.contains(host) || HostName.isThisMachine(host) || HostName.isPrivateAddress(host) || hosts.contains("*")
    }

    static func changesState(_ method: HTTPRequest.Method) -> Bool {
        switch method {
        case .get, .head, .options, .trace: false
        default: true
        }
    }

    /// Whether the page that asks came from the host it asks. Behind a proxy that ends TLS the schemes differ.
    package static func isSameOrigin(_ request: Request) -> Bool {
        guard let origin = request.headers[.origin], let host = request.head.authority?.lowercased(),
            let scheme = origin.firstRange(of: "://")
        else { return false }
        return origin[scheme.upperBound...].lowercased() == host
    }
}

/// Names of hosts as they stand in `Host` and `Origin`.
enum HostName {
    /// Without the port, lower case; IPv6 addresses without their brackets.
    static func of(authority: String) -> String {
        let text = authority.lowercased()
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return String(text[text.index(after: text.startIndex)..<end])
        }
        return String(text.prefix { $0 != ":" })
    }

    static func of(origin: String) -> String? {
        origin.firstRange(of: "://").map { of(authority: String(origin[$0.upperBound...])) }
    }

    static func isThisMachine(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" || host == "0.0.0.0" { return true }
        return bytes(ofIPv4: host).map { $0[0] == 127 } ?? false
    }

    /// RFC 1918 and RFC 4193, and what a link gives itself. Only written-out addresses: `10.example.com` is a name.
    static func isPrivateAddress(_ host: String) -> Bool {
        if let bytes = bytes(ofIPv4: host) {
            switch (bytes[0], bytes[1]) {
            case (10, _), (192, 168), (169, 254): return true
            case (172, 16...31): return true
            default: return false
            }
        }
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, host, &bytes) == 1 else { return false }
        return bytes[0] & 0xfe == 0xfc || (bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80)
    }

    private static func bytes(ofIPv4 host: String) -> [UInt8]? {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { $0.utf8.allSatisfy { (48...57).contains($0) } ? UInt8($0) : nil }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }
}

extension HTTPField.Name {
    // Both are names, so neither is ever nil.
    static let gatehouseWarning = HTTPField.Name("X-Gatehouse-Warning") ?? .server
    static let xFrameOptions = HTTPField.Name("X-Frame-Options") ?? .server
}
