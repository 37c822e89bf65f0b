package import GatehouseCore

/// The `http` or `https` URL of a model server or a check, split so that a path can be added and secrets left out of texts.
package struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
    package static let bytesMax = 2048

    private let base: String
    private let query: String
    /// The URL without user, password and query: those may be secrets, and this stands in messages and records.
    package let description: String

    /// Fails with `invalidArgument` when `text` is not an absolute `http` or `https` URL of printable ASCII.
    package init(_ text: String) throws(GatehouseError) {
        let isPrintable = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        let isWeb = ["http://", "https://"].contains { text.lowercased().hasPrefix($0) }
        let afterScheme = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).last ?? ""
        let authority = afterScheme.prefix { !"/?#".contains($0) }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        guard isPrintable, isWeb, text.utf8.count <= Self.bytesMax, !text.contains("#"), Self.isHost(host) else {
            throw GatehouseError(
                .invalidArgument, "'\(text.prefix(80))' is not the URL of a server.",
                hint: "Write it as http://host:port/path, without '#' and with at most \(Self.bytesMax) bytes.")
        }
        let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var base = String(halves[0])
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
        query = halves.count == 2 ? "?" + halves[1] : ""
        description = base.replacing(authority, with: host, maxReplacements: 1)
    }

    /// A name or `[address]`, with a port of 1 to 65535 or none: the HTTP client traps on a port that does not fit 16 bits.
    private static func isHost(_ host: Substring) -> Bool {
        let isBracketed = host.hasPrefix("[")
        guard let end = isBracketed ? host.firstIndex(of: "]").map(host.index(after:)) : host.firstIndex(of: ":") ?? host.endIndex
        else { return false }
        guard host[..<end].utf8.count > (isBracketed ? 2 : 0) else { return false }
        guard end < host.endIndex else { return true }
        let port = host[end...].dropFirst()
        guard host[end] == ":", port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port) else {
            return false
        }
        return number > 0
    }

    /// The address to send to.
    package var text: String { base + query }

    /// The address with `suffix` (`/invocations`) at the end of its path, unless it stands there already.
    package func ending(in suffix: String) -> ServerAddress {
        guard !base.hasSuffix(suffix) else { return self }
        return ServerAddress(base: base + suffix, query: query, description: description + suffix)
    }

    private init(base: String, query: String, description: String) {
        self.base = base
        self.query = query
        self.description = description
    }
}
