import Glibc

/// Reads JSON where it lies, value by value and without a tree. For bodies that somebody else has answered already: a body that
/// is not JSON ends in `Unreadable`, and nobody is told more.
struct JSONCursor {
    struct Unreadable: Error {}

    static let depthMax = 64
    let bytes: [UInt8]
    private(set) var at: Int
    private let end: Int

    init(_ bytes: [UInt8], in range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        self.bytes = bytes
        at = range.lowerBound
        end = range.upperBound
    }

    /// The next byte that is no space, without taking it; nil at the end.
    mutating func peek() -> UInt8? {
        var place = at
        // Unchecked because it is the innermost loop: a place never reaches `end`, which lies within the bytes.
        let next = bytes.withUnsafeBufferPointer { bytes -> UInt8? in
            while place < end {
                let byte = bytes[place]
                guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
                place += 1
            }
            return nil
        }
        at = place
        return next
    }

    mutating func take(_ character: Unicode.Scalar) throws(Unreadable) {
        guard peek() == UInt8(ascii: character) else { throw Unreadable() }
        at += 1
    }

    /// Takes the byte when it comes next.
    mutating func takes(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    /// Takes these bytes when they come next; no bytes never do.
    mutating func takes(_ text: [UInt8]) -> Bool {
        guard text.isEmpty == false, peek() != nil, end - at >= text.count else { return false }
        // Both hold so many bytes.
        let isSame = bytes.withUnsafeBytes { bytes in
            text.withUnsafeBytes { text in
                guard let here = bytes.baseAddress, let there = text.baseAddress else { return false }
                return memcmp(here + at, there, text.count) == 0
            }
        }
        guard isSame else { return false }
        at += text.count
        return true
    }

    /// Goes through the members of an object; `each` must take the value.
    mutating func members(_ each: (inout JSONCursor, String) throws(Unreadable) -> Void) throws(Unreadable) {
        try take("{")
        if takes("}") { return }
        repeat {
            let key = try text()
            try take(":")
            try each(&self, key)
        } while takes(",")
        try take("}")
    }

    /// Goes through the elements of a list; `each` must take the value.
    mutating func elements(_ each: (inout JSONCursor, Int) throws(Unreadable) -> Void) throws(Unreadable) {
        try take("[")
        if takes("]") { return }
        var index = 0
        repeat {
            try each(&self, index)
            index += 1
        } while takes(",")
        try take("]")
    }

    // MARK: - Scalars

    enum Scalar: Equatable {
        case null
        case boolean(Bool)
        /// Whether it was written without a point and without an exponent.
        case number(Double, isInteger: Bool)
        case text(String)
        /// Where a list or an object stands.
        case nested(Range<Int>)
    }

    mutating func scalar() throws(Unreadable) -> Scalar {
        switch peek() {
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            let start = at
            try skip()
            return .nested(start..<at)
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        case UInt8(ascii: "t"):
            try word("true")
            return .boolean(true)
        case UInt8(ascii: "f"):
            try word("false")
            return .boolean(false)
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString) throws(Unreadable) {
        let count = word.utf8CodeUnitCount
        let isThere =
            end - at >= count
            && word.withUTF8Buffer { letters in letters.indices.allSatisfy { bytes[at + $0] == letters[$0] } }
        guard isThere else { throw Unreadable() }
        at += count
    }

    /// A number; also `NaN`, `Infinity` and `-Infinity`, which Python's json writes.
    mutating func number() throws(Unreadable) -> Scalar {
        let start = at
        let isNegative = takes("-")
        switch peek() {
        case UInt8(ascii: "N"):
            try word("NaN")
            return .number(.nan, isInteger: false)
        case UInt8(ascii: "I"):
            try word("Infinity")
            return .number(isNegative ? -.infinity : .infinity, isInteger: false)
        default: break
        }
        var mantissa: UInt64 = 0
        var digits = 0
        var decimals = 0
        var isInteger = true
        scan: while at < end {
            switch bytes[at] {
            case 0x30...0x39:
                if digits < 18 { mantissa = mantissa * 10 + UInt64(bytes[at] & 15) }
                if digits > 0 || bytes[at] != 0x30 { digits += 1 }
                if isInteger == false { decimals += 1 }
            case UInt8(ascii: ".") where isInteger: isInteger = false
            default: break scan
            }
            at += 1
        }
        guard at > start + (isNegative ? 1 : 0) else { throw Unreadable() }
        let hasExponent = at < end && bytes[at] | 0x20 == UInt8(ascii: "e")
        if hasExponent == false, digits <= 15, decimals <= 22 {
            // Both parts are exact as doubles, so that one division rounds correctly (Clinger, 1990).
            let value = Double(mantissa) / Self.powersOfTen[decimals]
            return .number(isNegative ? -value : value, isInteger: isInteger)
        }
        while at < end, "+-.eE0123456789".utf8.contains(bytes[at]) { at += 1 }
        guard at - start <= 400, let value = Double(String(decoding: bytes[start..<at], as: UTF8.self)) else {
            throw Unreadable()
        }
        return .number(value, isInteger: isInteger && hasExponent == false)
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
        1e22,
    ]

    // MARK: - Text

    mutating func text() throws(Unreadable) -> String {
        try take("\"")
        let start = at
        var all: UInt8 = 0
        while at < end, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") {
            guard bytes[at] >= 0x20 else { throw Unreadable() }
            all |= bytes[at]
            at += 1
        }
        guard at < end else { throw Unreadable() }
        if bytes[at] == UInt8(ascii: "\"") {
            at += 1
            // ASCII needs no validation, and most names are.
            if all < 0x80 { return String(decoding: bytes[start..<at - 1], as: UTF8.self) }
            return try Self.string(bytes[start..<at - 1])
        }
        var plain = Array(bytes[start..<at])
        while at < end, bytes[at] != UInt8(ascii: "\"") {
            if bytes[at] == UInt8(ascii: "\\") {
                try unescape(into: &plain)
            } else {
                guard bytes[at] >= 0x20 else { throw Unreadable() }
                plain.append(bytes[at])
                at += 1
            }
        }
        guard at < end else { throw Unreadable() }
        at += 1
        return try Self.string(plain[...])
    }

    private static func string(_ bytes: ArraySlice<UInt8>) throws(Unreadable) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Unreadable() }
        return text
    }

    private mutating func unescape(into plain: inout [UInt8]) throws(Unreadable) {
        guard end - at >= 2 else { throw Unreadable() }
        let letter = bytes[at + 1]
        at += 2
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain.append(letter)
        case UInt8(ascii: "b"): plain.append(0x08)
        case UInt8(ascii: "f"): plain.append(0x0C)
        case UInt8(ascii: "n"): plain.append(0x0A)
        case UInt8(ascii: "r"): plain.append(0x0D)
        case UInt8(ascii: "t"): plain.append(0x09)
        case UInt8(ascii: "u"):
            var code = try codeUnit()
            if 0xD800..<0xDC00 ~= code {
                guard end - at >= 6, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
                    throw Unreadable()
                }
                at += 2
                let low = try codeUnit()
                guard 0xDC00..<0xE000 ~= low else { throw Unreadable() }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw Unreadable() }
            plain += UTF8.encode(scalar).map(Array.init) ?? []
        default: throw Unreadable()
        }
    }

    private mutating func codeUnit() throws(Unreadable) -> UInt32 {
        guard end - at >= 4 else { throw Unreadable() }
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[at])).hexDigitValue else { throw Unreadable() }
            code = code << 4 | UInt32(digit)
            at += 1
        }
        return code
    }

    // MARK: - Passing over

    /// Passes over one value; brackets are matched by number, not by kind.
    mutating func skip() throws(Unreadable) {
        var depth = 0
        repeat {
            switch peek() {
            case nil: throw Unreadable()
            case UInt8(ascii: "\""): try skipText()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                guard depth <= Self.depthMax else { throw Unreadable() }
                at += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                guard depth >= 0 else { throw Unreadable() }
                at += 1
            default: at += 1
            }
            if depth == 0, let last = at > 0 ? bytes[at - 1] : nil, Self.isOfWord(last) {
                while at < end, Self.isOfWord(bytes[at]) { at += 1 }
            }
        } while depth > 0
    }

    private mutating func skipText() throws(Unreadable) {
        at += 1
        while at < end, bytes[at] != UInt8(ascii: "\"") { at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1 }
        guard at < end else { throw Unreadable() }
        at += 1
    }

    /// Letters, digits and signs, of which numbers and the three words are made.
    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }
}
