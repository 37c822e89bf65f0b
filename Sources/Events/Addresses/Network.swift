package import GatehouseCore

/// All addresses that begin with the same bits.
package struct Network: Hashable, Sendable, CustomStringConvertible {
    private let base: [UInt8]
    private let prefixBits: Int

    private init(_ base: [UInt8], bits: Int) {
        self.base = base
        prefixBits = bits
    }

    /// Reads `10.0.0.0/8`, `fd00::/8` or one address. Fails with `invalidArgument`, also when bits behind the prefix are set:
    /// `10.1.2.3/8` is a slip of the pen.
    package init(parsing text: String) throws(GatehouseError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { throw Self.malformed(text) }
        let width = address.bytes.count * 8
        let bits = parts.count == 2 ? Int(parts[1]) : width
        guard let bits, (0...width).contains(bits), parts.count == 1 || parts[1].allSatisfy(\.isNumber) else {
            throw Self.malformed(text)
        }
        self.init(address.bytes, bits: bits)
        for bit in bits..<width where base[bit / 8] & (0x80 >> UInt8(bit % 8)) != 0 { throw Self.malformed(text) }
    }

    package func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == base.count else { return false }
        let whole = prefixBits / 8
        guard address.bytes[..<whole] == base[..<whole] else { return false }
        let rest = UInt8(prefixBits % 8)
        guard rest > 0 else { return true }
        let mask = ~(UInt8.max >> rest)
        return address.bytes[whole] & mask == base[whole] & mask
    }

    package var description: String {
        let groups =
            base.count == 4
            ? base.map(String.init).joined(separator: ".")
            : stride(from: 0, to: 16, by: 2).map { String(Int(base[$0]) << 8 | Int(base[$0 + 1]), radix: 16) }
                .joined(separator: ":")
        return "\(groups)/\(prefixBits)"
    }

    private static func malformed(_ text: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "'\(text.prefix(80))' is not a network.", hint: "Write it as 10.0.0.0/8, fd00::/8 or 10.1.2.3.")
    }
}

extension Network {
    private static func v4(_ a: UInt8, _ b: UInt8, _ c: UInt8, bits: Int) -> Network { Network([a, b, c, 0], bits: bits) }

    /// The first groups; the others are zero.
    private static func v6(_ groups: UInt16..., bits: Int) -> Network {
        let bytes = groups.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        return Network(bytes + [UInt8](repeating: 0, count: 16 - bytes.count), bits: bits)
    }

    /// IANA IPv4 Special-Purpose Address Registry, with multicast and reserved space.
    static let specialIPv4: [Network] = [
        v4(0, 0, 0, bits: 8), v4(10, 0, 0, bits: 8), v4(100, 64, 0, bits: 10), v4(127, 0, 0, bits: 8), v4(169, 254, 0, bits: 16),
        v4(172, 16, 0, bits: 12), v4(192, 0, 0, bits: 24), v4(192, 0, 2, bits: 24), v4(192, 88, 99, bits: 24),
        v4(192, 168, 0, bits: 16), v4(198, 18, 0, bits: 15), v4(198, 51, 100, bits: 24), v4(203, 0, 113, bits: 24),
        v4(224, 0, 0, bits: 4), v4(240, 0, 0, bits: 4),
    ]
    /// Global unicast, RFC 4291; everything else is local, multicast or not assigned.
    static let globalIPv6 = v6(0x2000, bits: 3)
    /// IETF protocol assignments with Teredo, documentation (two), 6to4.
    static let specialIPv6: [Network] = [
        v6(0x2001, bits: 23), v6(0x2001, 0xDB8, bits: 32), v6(0x2002, bits: 16), v6(0x3FFF, bits: 20),
    ]
    static let mappedIPv4 = v6(0, 0, 0, 0, 0, 0xFFFF, bits: 96)
    static let translatedIPv4 = v6(0x64, 0xFF9B, bits: 96)
}
