package import GatehouseCore

/// Where a model server listens: `http://host:port/base`.
package struct UpstreamAddress: Sendable, Hashable {
    static let textBytesMax = 1_000

    package let host: String
    package let port: Int
    /// What comes before `/invocations`: empty, or a path without a slash at its end.
    package let basePath: String
    package let isTLS: Bool

    /// Fails with `invalidArgument` for anything but `http://` or `https://`, a host, a port and a plain path.
    package init(parsing text: String) throws(GatehouseError) {
        let refusal = GatehouseError(
            .invalidArgument, "'\(text.prefix(120))' is not the address of a model server.",
            hint: "Write it as http://10.0.0.5:8080 or http://scorer:8080/path.")
        guard text.utf8.count <= Self.textBytesMax, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw refusal }
        var rest: Substring
        if text.hasPrefix("http://") {
            (rest, isTLS) = (text.dropFirst(7), false)
        } else if text.hasPrefix("https://") {
            (rest, isTLS) = (text.dropFirst(8), true)
        } else {
            throw refusal
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var path = rest[slash...]
        rest = rest[..<slash]
        while path.hasSuffix("/") { path = path.dropLast() }
        guard path.contains(where: { "?#\"<>\\^`{|}@".contains($0) }) == false, rest.contains("@") == false else { throw refusal }
        basePath = String(path)
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

    /// As it stands in a `Host` field.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }
}
