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
            Self.writeHexadecimal(prefix, into: &buffer)
            Self.writeHexadecimal(number, into: &buffer)
        }
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

    /// Sixteen digits as two words.
    private static func writeHexadecimal(_ value: UInt64, into buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(digits(UInt32(value >> 32)), digits(UInt32(truncatingIfNeeded: value)), endianness: .little)
    }

    /// The eight digits of a word, the first one in the lowest byte. Each nibble goes to a byte of its own; six more make a
    /// byte of ten or above reach the bit that tells letters from digits.
    private static func digits(_ word: UInt32) -> UInt64 {
        var spread = UInt64(word.byteSwapped)
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        spread = (spread & 0x000F_000F_000F_000F) << 8 | (spread >> 4) & 0x000F_000F_000F_000F
        let letters = (spread &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return spread &+ 0x3030_3030_3030_3030 &+ letters &* 39
    }
}
