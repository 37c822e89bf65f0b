import GatehouseCore

/// Steps over canonical JSON without making values of it, which is most of what reading an entry costs. Says yes only to bytes
/// that `JSONValue` reads and writes again as they are; a no may also mean that a value should be made after all.
struct CanonicalScan {
    /// Deeper ones are left to the reader of values, which allows `JSONParser.depthMax`.
    private static let depthMax = 32

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    // MARK: - Known text

    /// Steps over exactly these characters, which are ASCII.
    mutating func skip(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        // The literal's bytes live as long as the program.
        for offset in 0..<count where bytes[position + offset] != text.utf8Start[offset] { return false }
        position += count
        return true
    }

    /// Steps over the string that has exactly this value; not when it must be escaped.
    mutating func skip(string text: String) -> Bool {
        let start = position
        guard let range = plainString() else { return false }
        guard text.utf8.count == range.count, text.utf8.elementsEqual(bytes[range]) else {
            position = start
            return false
        }
        return true
    }

    mutating func skip(integer: Int64) -> Bool {
        let start = position
        guard let range = integerDigits(), range.count <= 20, String(integer).utf8.elementsEqual(bytes[range]) else {
            position = start
            return false
        }
        return true
    }

    // MARK: - Any value

    /// Steps over one value.
    mutating func skipValue(depth: Int = 0) -> Bool {
        guard depth < Self.depthMax, position < bytes.count else { return false }
        switch bytes[position] {
        case UInt8(ascii: "\""): return plainString() != nil
        case UInt8(ascii: "{"): return skipMembers { _, scan in scan.skipValue(depth: depth + 1) }
        case UInt8(ascii: "["):
            position += 1
            if skip("]") { return true }
            while skipValue(depth: depth + 1) {
                if skip("]") { return true }
                guard skip(",") else { return false }
            }
            return false
        case UInt8(ascii: "t"): return skip("true")
        case UInt8(ascii: "f"): return skip("false")
        case UInt8(ascii: "n"): return skip("null")
        default: return skipNumber()
        }
    }

    /// Steps over an object whose values `value` steps over; it is handed each name.
    mutating func skipMembers(_ value: (ArraySlice<UInt8>, inout CanonicalScan) -> Bool) -> Bool {
        guard skip("{") else { return false }
        if skip("}") { return true }
        var last: Range<Int>?
        while let name = plainString() {
            // In the order of their bytes, none twice.
            if let last, !bytes[last].lexicographicallyPrecedes(bytes[name]) { return false }
            last = name
            guard skip(":"), value(bytes[name], &self) else { return false }
            if skip("}") { return true }
            guard skip(",") else { return false }
        }
        return false
    }

    /// Steps over a string of printable ASCII without escapes, which stands for itself; where it is, without the quotes.
    mutating func plainString() -> Range<Int>? {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return nil }
        var end = position + 1
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
            guard bytes[end] >= 0x20, bytes[end] < 0x7F, bytes[end] != UInt8(ascii: "\\") else { return nil }
            end += 1
        }
        guard end < bytes.count else { return nil }
        defer { position = end + 1 }
        return (position + 1)..<end
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    // MARK: - Numbers

    private mutating func skipNumber() -> Bool {
        let start = position
        if let range = integerDigits(), position == bytes.count || !Self.isOfNumber(bytes[position]), range.count <= 18 {
            return true
        }
        // A fraction, or a large number: whether it is the shortest form, only writing it again tells.
        position = start
        while position < bytes.count, Self.isOfNumber(bytes[position]) { position += 1 }
        let token = Array(bytes[start..<position])
        return (try? JSONParser.parse(token))?.canonicalBytes == token
    }

    /// Digits with their sign, as integers are written.
    private mutating func integerDigits() -> Range<Int>? {
        let start = position
        var end = position
        if end < bytes.count, bytes[end] == UInt8(ascii: "-") { end += 1 }
        let first = end
        while end < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[end]) { end += 1 }
        let isZero = first < end && bytes[first] == UInt8(ascii: "0")
        guard first < end, !isZero || end - start == 1 else { return nil }
        position = end
        return start..<end
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"),
            UInt8(ascii: "E"):
            true
        default: false
        }
    }
}
