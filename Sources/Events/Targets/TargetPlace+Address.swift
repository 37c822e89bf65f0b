import GatehouseCore

extension TargetPlace {
    /// An address below the webhook's URL, whose query and closing slash are left out. Fails with `invalidArgument` when it gets
    /// too long.
    func address(below path: String) throws(GatehouseError) -> WebhookURL {
        var base = url.origin + url.target.prefix { $0 != "?" }
        while base.hasSuffix("/") { base.removeLast() }
        return try WebhookURL(base + path)
    }

    /// Fails with `invalidArgument` naming what is missing: a webhook made before the setting was asked for.
    func required(_ name: String, of target: WebhookTarget) throws(GatehouseError) -> String {
        if let value = settings[name], !value.isEmpty { return value }
        throw GatehouseError(.invalidArgument, "The target '\(target.rawValue)' needs the setting '\(name)'.")
    }

    /// Fails with `invalidArgument` where nothing is kept.
    func secret(of target: WebhookTarget) throws(GatehouseError) -> String {
        if let authorization, !authorization.isEmpty { return authorization }
        throw GatehouseError(.invalidArgument, "The target '\(target.rawValue)' needs an authorization.")
    }
}

/// Text where only some characters may stand.
enum PercentEncoded {
    private static let hex = Array("0123456789ABCDEF".utf8)

    /// Everything but the unreserved characters of RFC 3986 becomes `%XX`: right in a path's segment and in a form alike.
    static func component(_ text: some StringProtocol) -> String { escaped(text) { isUnreserved($0) } }

    /// For a header's value, as CloudEvents' HTTP binding 1.0.2 §3.1.3.2 asks: what is not printable ASCII, and space, `"`
    /// and `%`.
    static func headerValue(_ text: String) -> String {
        escaped(text) { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "%") }
    }

    private static func escaped(_ text: some StringProtocol, keeping isKept: (UInt8) -> Bool) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isKept(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
    }
}
