package import NIOCore

/// Names one request in answers, exposures and logs: the caller's own when it is sane, else one made here.
package enum RequestID: Sendable {
    /// A random number of the event loop and a count.
    case made(prefix: UInt64, number: UInt64)
    /// The caller's `x-request-id`: 1 to 64 letters, digits, `.`, `_`, `-`.
    case taken(ByteBuffer)

    package var text: String {
        var buffer = ByteBuffer()
        write(into: &buffer)
        return String(buffer: buffer)
    }

    package func write(into buffer: inout ByteBuffer) {
        switch self {
        case .taken(let bytes): buffer.writeImmutableBuffer(bytes)
        case .made(let prefix, let number):
            withUnsafeBytes(of: Self.digits(prefix, number)) { _ = buffer.writeBytes($0) }
        }
    }

    /// The 32 digits of an id made here, in the order of memory.
    static func digits(_ prefix: UInt64, _ number: UInt64) -> (UInt64, UInt64, UInt64, UInt64) {
        (
            Hexadecimal.digits(UInt32(prefix >> 32)).littleEndian,
            Hexadecimal.digits(UInt32(truncatingIfNeeded: prefix)).littleEndian,
            Hexadecimal.digits(UInt32(number >> 32)).littleEndian,
            Hexadecimal.digits(UInt32(truncatingIfNeeded: number)).littleEndian
        )
    }

    /// Whether the bytes may be passed on as an id: what goes into logs and headers holds no surprises.
    package static func isSane(_ bytes: Span<UInt8>) -> Bool {
        guard (1...GatewayLimits.requestIDBytesMax).contains(bytes.count) else { return false }
        for index in bytes.indices {
            switch bytes[index] {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x5F, 0x2D: continue
            default: return false
            }
        }
        return true
    }
}
