import Glibc
import NIOCore

/// Classes of bytes of RFC 9110 and RFC 9112.
enum Byte {
    static let cr = UInt8(ascii: "\r")
    static let lf = UInt8(ascii: "\n")
    static let space = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")
    static let colon = UInt8(ascii: ":")
    static let comma = UInt8(ascii: ",")
    static let slash = UInt8(ascii: "/")

    /// `tchar` below 64: ! # $ % & ' * + - . and digits; a bit each.
    private static let tokensLow: UInt64 = 0x03FF_6CFA_0000_0000
    /// `tchar` from 64: letters, ^ _ ` | ~.
    private static let tokensHigh: UInt64 = 0x57FF_FFFF_C7FF_FFFE

    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        byte < 64 ? tokensLow &>> UInt64(byte) & 1 != 0 : byte < 128 && tokensHigh &>> UInt64(byte & 63) & 1 != 0
    }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    /// What a field's value may hold: visible characters, blanks, and bytes from 128 up, which mean nothing to us.
    @inline(__always)
    static func isFieldText(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == tab }

    @inline(__always)
    static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    /// Eight letters at once: those from A to Z get the bit that makes them lower case, all other bytes stay as they are.
    @inline(__always)
    static func lower(_ word: UInt64) -> UInt64 {
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        // A sum of a byte reaches its highest bit from A on, and from behind Z on; bytes of 128 and above are none of them.
        let isUpper = (low &+ 0x3F3F_3F3F_3F3F_3F3F) & ~(low &+ 0x2525_2525_2525_2525) & ~word & 0x8080_8080_8080_8080
        return word | isUpper >> 2
    }

    /// Whether the bytes are `text`, which is lower case, in any case.
    static func matches(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard range.count == count, range.upperBound <= bytes.count else { return false }
        // The pointer is of a literal, and what is read of it ends before its count.
        let expected = UnsafeRawBufferPointer(start: text.utf8Start, count: count)
        guard count >= 8 else {
            for index in 0..<count where lower(bytes[range.lowerBound &+ index]) != expected[index] { return false }
            return true
        }
        var at = 0
        while at < count {
            // The last eight overlap those before them.
            let place = min(at, count - 8)
            let word = bytes.bytes.unsafeLoadUnaligned(fromByteOffset: range.lowerBound + place, as: UInt64.self)
            if lower(word) != expected.loadUnaligned(fromByteOffset: place, as: UInt64.self) { return false }
            at += 8
        }
        return true
    }

    /// Where the first byte stands, from `start` on, that no field's name may hold; the end when there is none.
    static func tokenEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var at = start
        // Eight at once while they are letters and hyphens, which is what most names are made of.
        while at + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
            let low = lower(word) & 0x7F7F_7F7F_7F7F_7F7F
            let isLetter = (low &+ 0x1F1F_1F1F_1F1F_1F1F) & ~(low &+ 0x0505_0505_0505_0505) & ~word
            let hyphen = word ^ 0x2D2D_2D2D_2D2D_2D2D
            let isHyphen = ~((hyphen & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7F7F_7F7F_7F7F_7F7F | hyphen)
            let others = ~(isLetter | isHyphen) & 0x8080_8080_8080_8080
            guard others != 0 else {
                at += 8
                continue
            }
            at += others.trailingZeroBitCount >> 3
            guard isToken(bytes[at]) else { return at }
            at += 1
        }
        while at < bytes.count, isToken(bytes[at]) { at += 1 }
        return at
    }

    /// Where the first byte stands, from `start` on, that no field's value may hold; the end when there is none.
    static func fieldTextEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var at = start
        // Eight at once: subtracting lends from a byte's highest bit where the byte is below 0x20, or was 0x7F; the lowest bit
        // that is found is always right.
        while at + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
            let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let isControl = (word &- 0x2020_2020_2020_2020) & ~word
            let isDelete = (delete &- 0x0101_0101_0101_0101) & ~delete
            let found = (isControl | isDelete) & 0x8080_8080_8080_8080
            guard found != 0 else {
                at += 8
                continue
            }
            at += found.trailingZeroBitCount >> 3
            guard bytes[at] == tab else { return at }
            at += 1
        }
        while at < bytes.count, isFieldText(bytes[at]) { at += 1 }
        return at
    }

    /// Whether the bytes are `text`, letter by letter.
    @inline(__always)
    static func equals(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount, range.upperBound <= bytes.count else { return false }
        // As above.
        let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        for index in 0..<range.count where bytes[range.lowerBound &+ index] != expected[index] { return false }
        return true
    }

    /// A host and perhaps a port: letters, digits and what addresses are written with. May be empty.
    static func isHost(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for at in range {
            switch bytes[at] {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5B, 0x5D, 0x5F, 0x7E, 0x25: continue
            default: return false
            }
        }
        return true
    }

    /// Where the head ends, behind its empty line; nil: not yet. A bare LF ends a line here, so that the parser sees and refuses
    /// it. `scanned` is how far was looked; slow senders cost no second look.
    static func headEnd(_ bytes: Span<UInt8>, scanned: inout Int) -> Int? {
        let count = bytes.count
        return bytes.withUnsafeBufferPointer { pointer -> Int? in
            guard let base = pointer.baseAddress else { return nil }
            while scanned < count {
                // memchr stays between scanned and count, both checked.
                guard let found = memchr(base + scanned, Int32(lf), count - scanned) else {
                    scanned = count
                    return nil
                }
                let at = UnsafeRawPointer(found) - UnsafeRawPointer(base)
                if at + 1 >= count {
                    scanned = at
                    return nil
                }
                if base[at + 1] == lf { return at + 2 }
                if base[at + 1] == cr {
                    if at + 2 >= count {
                        scanned = at
                        return nil
                    }
                    if base[at + 2] == lf { return at + 3 }
                }
                scanned = at + 1
            }
            return nil
        }
    }
}
