import Glibc

/// An IPv4 or IPv6 address.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16, in network order.
    package let bytes: [UInt8]

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads the one usual spelling (`10.0.0.1`, `2001:db8::1`). Nil for anything else, such as `127.1`.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        if let v4 = Self.bytes(of: text, family: AF_INET, count: 4) {
            bytes = v4
        } else if let v6 = Self.bytes(of: text, family: AF_INET6, count: 16) {
            bytes = v6
        } else {
            return nil
        }
    }

    package var isIPv6: Bool { bytes.count == 16 }

    package var description: String {
        let length = Int(INET6_ADDRSTRLEN)
        var text = [CChar](repeating: 0, count: length)
        let family = isIPv6 ? AF_INET6 : AF_INET
        guard inet_ntop(family, bytes, &text, socklen_t(length)) != nil else { return "an address" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// What a machine on the public Internet can be reached at, by IANA's registries of special-purpose addresses
    /// (RFC 6890 and its successors). An IPv6 address that stands for an IPv4 one is what that one is.
    package var isPublic: Bool {
        guard isIPv6 else { return !Network.specialIPv4.contains { $0.contains(self) } }
        if let inner = embeddedIPv4 { return inner.isPublic }
        return Network.globalIPv6.contains(self) && !Network.specialIPv6.contains { $0.contains(self) }
    }

    /// Of an IPv4-mapped address (RFC 4291) or one behind NAT64 (RFC 6052).
    private var embeddedIPv4: IPAddress? {
        guard [Network.mappedIPv4, Network.translatedIPv4].contains(where: { $0.contains(self) }) else { return nil }
        return IPAddress(bytes: Array(bytes[12...]))
    }

    private static func bytes(of text: String, family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }
}

extension IPAddress {
    /// The addresses of a name. Fails with the system's own words. Blocks: not to be called where others wait for the thread.
    static func resolved(_ host: String) throws(ResolutionFailure) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0, let list else { throw ResolutionFailure(words: String(cString: gai_strerror(status))) }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var next: UnsafeMutablePointer<addrinfo>? = list
        while let entry = next?.pointee {
            if let address = Self(entry), !addresses.contains(address) { addresses.append(address) }
            next = entry.ai_next
        }
        return addresses
    }

    private init?(_ entry: addrinfo) {
        // The family says which of the two structures the system wrote there, and `ai_addrlen` that it is whole.
        let start: UnsafeRawPointer? = entry.ai_addr.map { UnsafeRawPointer($0) }
        switch entry.ai_family {
        case AF_INET:
            guard let start, Int(entry.ai_addrlen) >= MemoryLayout<sockaddr_in>.size else { return nil }
            self.init(bytes: withUnsafeBytes(of: start.loadUnaligned(as: sockaddr_in.self).sin_addr) { Array($0) })
        case AF_INET6:
            guard let start, Int(entry.ai_addrlen) >= MemoryLayout<sockaddr_in6>.size else { return nil }
            self.init(bytes: withUnsafeBytes(of: start.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { Array($0) })
        default: return nil
        }
    }
}

/// Why a name has no address, in the system's words.
package struct ResolutionFailure: Error {
    package let words: String
    package init(words: String) { self.words = words }
}
