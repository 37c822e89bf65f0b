/// A piece of a filter or of an order, with the text as it was typed.
struct SearchToken: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// A key, a keyword, or a text in double quotes: which of them, the place decides.
        case word
        /// A text in single quotes.
        case text
        case integer
        case decimal
        case comparator
        case open, close, comma
        /// What stands nowhere in the grammar, one character.
        case other
    }

    let kind: Kind
    let raw: String

    func isKeyword(_ word: String) -> Bool { kind == .word && raw.utf8.count == word.utf8.count && raw.uppercased() == word }

    /// The content of a quoted text, as it stands: nothing inside is an escape.
    var quoted: String? {
        guard raw.utf8.count >= 2, let first = raw.first, first == raw.last, first == "'" || first == "\"" else { return nil }
        return String(raw.dropFirst().dropLast())
    }
}

/// Cuts a filter into tokens. Every byte is looked at once, so the time is proportional to the length.
struct SearchLexer {
    private let bytes: [UInt8]
    private var position = 0

    static func tokens(_ text: String) -> [SearchToken] {
        var lexer = SearchLexer(bytes: Array(text.utf8))
        var tokens: [SearchToken] = []
        while let token = lexer.next() { tokens.append(token) }
        return tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func next() -> SearchToken? {
        while let byte = peek(), Self.isSpace(byte) { position += 1 }
        guard let byte = peek() else { return nil }
        let start = position
        switch byte {
        case UInt8(ascii: "("): return single(.open)
        case UInt8(ascii: ")"): return single(.close)
        case UInt8(ascii: ","): return single(.comma)
        case UInt8(ascii: "'"):
            guard skipQuoted() else { return single(.other) }
            return token(.text, from: start)
        case UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "!"), UInt8(ascii: "~"):
            while let byte = peek(), [0x3D, 0x3C, 0x3E, 0x21, 0x7E].contains(byte) { position += 1 }
            return token(.comparator, from: start)
        default:
            if let number = number() { return number }
            guard skipPart() else { return single(.other) }
            // What follows the first dot may be quoted in any way.
            while peek() == UInt8(ascii: "."), skipDotAndPart() {}
            return token(.word, from: start)
        }
    }

    private mutating func number() -> SearchToken? {
        let start = position
        var end = position
        var isDecimal = false
        if byte(at: end) == UInt8(ascii: "-") { end += 1 }
        let firstDigit = end
        var digits = 0
        while let byte = byte(at: end), Self.isDigit(byte) || (byte == UInt8(ascii: ".") && !isDecimal) {
            if byte == UInt8(ascii: ".") { isDecimal = true } else { digits += 1 }
            end += 1
        }
        guard digits > 0 else { return nil }
        if byte(at: end).map({ $0 | 0x20 == UInt8(ascii: "e") }) ?? false {
            var exponent = end + 1
            if byte(at: exponent) == UInt8(ascii: "-") || byte(at: exponent) == UInt8(ascii: "+") { exponent += 1 }
            if byte(at: exponent).map(Self.isDigit) ?? false {
                isDecimal = true
                while let byte = byte(at: exponent), Self.isDigit(byte) { exponent += 1 }
                end = exponent
            }
        }
        // `1and` and `0x10` are no numbers; `-1a` is not even a word.
        if byte(at: end).map(Self.isWord) ?? false {
            guard firstDigit == start else { return nil }
            while let byte = byte(at: end), Self.isWord(byte) { end += 1 }
            position = end
            return token(.word, from: start)
        }
        position = end
        return token(isDecimal ? .decimal : .integer, from: start)
    }

    /// Skips a bare word or a quoted one; false and no step when there is neither.
    private mutating func skipPart() -> Bool {
        guard let byte = peek() else { return false }
        switch byte {
        case UInt8(ascii: "`"), UInt8(ascii: "\""), UInt8(ascii: "'"): return skipQuoted()
        default:
            let start = position
            while let byte = peek(), Self.isWord(byte) { position += 1 }
            return position > start
        }
    }

    private mutating func skipDotAndPart() -> Bool {
        position += 1
        if skipPart() { return true }
        position -= 1
        return false
    }

    /// Skips to behind the closing quote; false and no step when there is none. A doubled quote and one behind a backslash do
    /// not close.
    private mutating func skipQuoted() -> Bool {
        guard let quote = peek() else { return false }
        var end = position + 1
        while let byte = byte(at: end) {
            if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "`"), self.byte(at: end + 1) == quote {
                end += 2
            } else if byte == quote, self.byte(at: end + 1) == quote, quote != UInt8(ascii: "`") {
                end += 2
            } else if byte == quote {
                position = end + 1
                return true
            } else {
                end += 1
            }
        }
        return false
    }

    private func peek() -> UInt8? { byte(at: position) }
    private func byte(at index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func single(_ kind: SearchToken.Kind) -> SearchToken {
        let start = position
        position += 1
        return token(kind, from: start)
    }

    private func token(_ kind: SearchToken.Kind, from start: Int) -> SearchToken {
        SearchToken(kind: kind, raw: String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    /// Letters, digits, `_` and everything beyond ASCII.
    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F || byte >= 0x80
    }
}
