/// Eight bytes of text that are looked at together, the first in the lowest bits. A mark is the high bit of a byte.
struct ByteWord {
    static let byteCount = 8
    /// What a block keeps behind its last row, so that a word may be read at any position in it.
    static let padding = 64
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    let bits: UInt64

    @inline(__always)
    init(at position: UnsafePointer<UInt8>) {
        bits = UInt64(littleEndian: UnsafeRawPointer(position).loadUnaligned(as: UInt64.self))
    }

    /// Marks the bytes that are `byte`, and only those.
    @inline(__always)
    func marks(of byte: UInt8) -> UInt64 {
        let difference = bits ^ (Self.ones &* UInt64(byte))
        return ~(((difference & ~Self.highs) &+ ~Self.highs) | difference) & Self.highs
    }

    /// Marks the bytes below `bound`, which is at most 128.
    @inline(__always)
    func marks(below bound: UInt8) -> UInt64 { ~((bits | Self.highs) &- Self.ones &* UInt64(bound)) & ~bits & Self.highs }

    /// Marks the bytes that are no digits, of a word in which `0` has become 0.
    @inline(__always)
    static func marksOfNonDigits(_ digits: UInt64) -> UInt64 {
        (((digits & ~highs) &+ ones &* 0x76) | digits) & highs
    }

    /// The position of the first mark, 8 when there is none.
    @inline(__always)
    static func first(_ marks: UInt64) -> Int { marks.trailingZeroBitCount >> 3 }

    /// The position of the last mark; there must be one.
    @inline(__always)
    static func last(_ marks: UInt64) -> Int { (63 - marks.leadingZeroBitCount) >> 3 }

    /// How many marks there are.
    @inline(__always)
    static func count(_ marks: UInt64) -> Int { Int(((marks >> 7) &* ones) >> 56) }
}
