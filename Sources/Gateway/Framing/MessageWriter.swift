import NIOCore

/// Puts a head, and the body behind it, into memory that was asked for once: a message is made of some twenty pieces, and asking
/// for each costs more than copying it. Every piece is checked against what is left.
struct MessageWriter: ~Copyable {
    /// Room for what the gateway itself writes into a head, beside the pieces that come from elsewhere.
    static let ownBytesMax = 256

    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    @inline(__always)
    mutating func append(_ piece: UnsafeRawBufferPointer) {
        // The pointers' own slices are not checked in release builds.
        precondition(piece.count <= memory.count - count, "a message has more pieces than room was asked for")
        guard let from = piece.baseAddress, let to = memory.baseAddress else { return }
        (to + count).copyMemory(from: from, byteCount: piece.count)
        count += piece.count
    }

    @inline(__always)
    mutating func append(_ range: Range<Int>, of bytes: UnsafeRawBufferPointer) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "a piece lies outside of its head")
        append(UnsafeRawBufferPointer(rebasing: bytes[range]))
    }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func append(_ buffer: ByteBuffer) { buffer.withUnsafeReadableBytes { append($0) } }

    mutating func append(_ byte: UInt8) {
        precondition(count < memory.count, "a message has more pieces than room was asked for")
        memory[count] = byte
        count += 1
    }

    @inline(__always)
    mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

    mutating func append(decimal number: Int) { append(decimal: Int64(number)) }

    mutating func append(decimal number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        append(digitsOf: number.magnitude)
    }

    private mutating func append(digitsOf number: UInt64) {
        if number >= 10 { append(digitsOf: number / 10) }
        append(0x30 + UInt8(truncatingIfNeeded: number % 10))
    }

    mutating func append(_ id: RequestID) {
        switch id {
        case .taken(let bytes): append(bytes)
        case .made(let prefix, let number):
            let digits = RequestID.digits(prefix, number)
            withUnsafeBytes(of: digits) { append($0) }
        }
    }
}

extension ByteBuffer {
    /// Appends a message of at most `room` bytes.
    @inline(__always)
    mutating func write(room: Int, _ message: (inout MessageWriter) -> Void) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: room) { memory in
            var writer = MessageWriter(memory)
            message(&writer)
            return writer.count
        }
    }
}

extension [UInt8] {
    /// Likewise.
    @inline(__always)
    mutating func write(room: Int, _ message: (inout MessageWriter) -> Void) {
        append(addingCapacity: room) { output in
            output.withUnsafeMutableBufferPointer { memory, count in
                var writer = MessageWriter(UnsafeMutableRawBufferPointer(memory))
                message(&writer)
                count = writer.count
            }
        }
    }
}
