/// A SHA-256 digest, written `sha256:` and 64 lower-case hexadecimal digits.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
    package static let prefix = "sha256:"
    package let hex: String

    /// From 32 raw bytes.
    package init<Bytes: Collection>(bytes: Bytes) where Bytes.Element == UInt8 {
        precondition(bytes.count == 32, "a SHA-256 digest has 32 bytes")
        let digits = Array("0123456789abcdef".utf8)
        var text = [UInt8]()
        text.reserveCapacity(64)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        hex = String(decoding: text, as: UTF8.self)
    }

    /// Reads `sha256:…` or the bare 64 digits.
    package init(parsing text: String) throws(GatehouseError) {
        let digits = text.hasPrefix(Self.prefix) ? text.dropFirst(Self.prefix.count) : text[...]
        let isHex = digits.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        guard digits.utf8.count == 64, isHex else {
            throw GatehouseError(
                .invalidArgument, "'\(text.prefix(80))' is not a SHA-256 digest.",
                hint: "A digest is 'sha256:' and 64 lower-case hexadecimal digits.")
        }
        hex = String(digits)
    }

    package var description: String { Self.prefix + hex }
    /// Enough to recognise it on a screen.
    package var short: String { String(hex.prefix(12)) }
}
