import NIOCore

/// Takes a chunked body apart (RFC 9112, section 7.1), whatever pieces it comes in. Extensions and trailers are read, bounded
/// and dropped.
struct ChunkedBody {
    enum Piece {
        case data(ByteBuffer)
        case needsMore
        case end
    }

    private enum State {
        case size(digits: Int)
        case parameters
        case sizeEnd
        case data
        case dataCR
        case dataLF
        case lineStart
        case trailer
        case trailerEnd
        case lastLF
        case done
    }

    private var state = State.size(digits: 0)
    private var remaining = 0
    private var extensionBytes = 0
    private var trailerBytes = 0

    /// The next piece of data, all that is there of a chunk at once. Takes what it has read off the buffer.
    mutating func next(_ buffer: inout ByteBuffer) throws(FramingRefusal) -> Piece {
        while true {
            switch state {
            case .done: return .end
            case .data:
                let count = min(remaining, buffer.readableBytes)
                guard count > 0, let piece = buffer.readSlice(length: count) else { return .needsMore }
                remaining -= count
                if remaining == 0 { state = .dataCR }
                return .data(piece)
            case .size, .parameters, .sizeEnd, .dataCR, .dataLF, .lineStart, .trailer, .trailerEnd, .lastLF:
                guard let byte = buffer.readInteger(as: UInt8.self) else { return .needsMore }
                try step(byte)
            }
        }
    }

    private mutating func step(_ byte: UInt8) throws(FramingRefusal) {
        switch state {
        case .size(let digits): try readSize(byte, digits)
        case .parameters:
            extensionBytes += 1
            guard extensionBytes <= GatewayLimits.chunkExtensionBytesMax else {
                throw .malformed("A chunk's extension is too long.")
            }
            if byte == Byte.cr {
                state = .sizeEnd
            } else if Byte.isFieldText(byte) == false {
                throw .malformed("A chunk's extension holds a control character.")
            }
        case .sizeEnd:
            guard byte == Byte.lf else { throw .malformed("A chunk's size does not end with CR LF.") }
            state = remaining == 0 ? .lineStart : .data
        case .dataCR:
            guard byte == Byte.cr else { throw .malformed("A chunk is longer than its size.") }
            state = .dataLF
        case .dataLF:
            guard byte == Byte.lf else { throw .malformed("A chunk is longer than its size.") }
            state = .size(digits: 0)
        case .lineStart, .trailer, .trailerEnd, .lastLF: try readTrailer(byte)
        case .data, .done: return
        }
    }

    private mutating func readSize(_ byte: UInt8, _ digits: Int) throws(FramingRefusal) {
        let value: UInt8
        switch byte {
        case 0x30...0x39: value = byte - 0x30
        case 0x41...0x46: value = byte - 0x37
        case 0x61...0x66: value = byte - 0x57
        case Byte.cr where digits > 0:
            state = .sizeEnd
            return
        case UInt8(ascii: ";") where digits > 0:
            state = .parameters
            return
        default: throw .malformed("A chunk has no size.")
        }
        // Fifteen digits cannot overflow.
        guard digits < 15 else { throw .malformed("A chunk's size has too many digits.") }
        remaining = (digits == 0 ? 0 : remaining << 4) | Int(value)
        state = .size(digits: digits + 1)
    }

    private mutating func readTrailer(_ byte: UInt8) throws(FramingRefusal) {
        trailerBytes += 1
        guard trailerBytes <= GatewayLimits.trailerBytesMax else { throw .malformed("The trailers of a body are too long.") }
        switch state {
        case .lineStart:
            if byte == Byte.cr {
                state = .lastLF
            } else if Byte.isToken(byte) {
                state = .trailer
            } else {
                throw .malformed("A trailer has no name.")
            }
        case .trailer:
            if byte == Byte.cr {
                state = .trailerEnd
            } else if Byte.isFieldText(byte) == false {
                throw .malformed("A trailer holds a control character.")
            }
        case .trailerEnd:
            guard byte == Byte.lf else { throw .malformed("A trailer does not end with CR LF.") }
            state = .lineStart
        case .lastLF:
            guard byte == Byte.lf else { throw .malformed("A body does not end with CR LF.") }
            state = .done
        case .size, .parameters, .sizeEnd, .data, .dataCR, .dataLF, .done: return
        }
    }
}
