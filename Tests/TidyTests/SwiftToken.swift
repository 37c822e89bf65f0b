/// One word, mark or string literal of Swift source. Comments are gone, and a literal is one token whatever it says, so
/// a rule that looks for `print` never trips over prose.
struct SwiftToken: Equatable {
    enum Kind { case word, mark, literal }

    let kind: Kind
    /// The word, the single character of the mark, or what stands between the quotes.
    var text: String
    /// Counted from 1.
    let line: Int
    /// Whether a blank, a newline or a comment stands before it.
    let afterSpace: Bool

    /// Literals never equal code.
    func reads(_ code: String) -> Bool { kind != .literal && text == code }
}

/// Splits Swift source into tokens. Knows line and nested block comments, plain, multi-line and raw strings, and the code
/// inside `\( … )`. A string that is not closed on its line ends there, so a surprise costs one line and not the file.
struct SwiftLexer {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var afterSpace = true
    private var tokens: [SwiftToken] = []

    static func tokens(of source: String) -> [SwiftToken] {
        var lexer = SwiftLexer(bytes: Array(source.utf8))
        lexer.readCode(insideInterpolation: false)
        return lexer.tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func byte(ahead distance: Int = 0) -> UInt8? {
        position + distance < bytes.count ? bytes[position + distance] : nil
    }

    private func sees(_ text: StaticString, ahead distance: Int = 0) -> Bool {
        text.withUTF8Buffer { wanted in wanted.indices.allSatisfy { byte(ahead: distance + $0) == wanted[$0] } }
    }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count {
            if byte() == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
    }

    private mutating func append(_ kind: SwiftToken.Kind, _ text: String) {
        tokens.append(SwiftToken(kind: kind, text: text, line: line, afterSpace: afterSpace))
        afterSpace = false
    }

    private mutating func readCode(insideInterpolation: Bool) {
        var openParentheses = 0
        while let next = byte() {
            if sees("//") {
                while let skipped = byte(), skipped != UInt8(ascii: "\n") { advance() }
                afterSpace = true
            } else if sees("/*") {
                skipBlockComment()
            } else if isSpace(next) {
                advance()
                afterSpace = true
            } else if let hashes = hashesBeforeQuote() {
                readString(hashes: hashes)
            } else if isWord(next) {
                readWord()
            } else {
                append(.mark, String(UnicodeScalar(next)))
                advance()
                if next == UInt8(ascii: "(") { openParentheses += 1 }
                if next == UInt8(ascii: ")") {
                    if insideInterpolation && openParentheses == 0 { return }
                    openParentheses -= 1
                }
            }
        }
    }

    private mutating func readWord() {
        let start = position
        while let next = byte(), isWord(next) { position += 1 }
        append(.word, String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if sees("/*") {
                depth += 1
                advance(2)
            } else if sees("*/") {
                depth -= 1
                advance(2)
            } else {
                advance()
            }
        } while depth > 0 && position < bytes.count
        afterSpace = true
    }

    /// How many `#` stand before the quote that opens a string here; nil when no string opens here.
    private func hashesBeforeQuote() -> Int? {
        var hashes = 0
        while byte(ahead: hashes) == UInt8(ascii: "#") { hashes += 1 }
        return byte(ahead: hashes) == UInt8(ascii: "\"") ? hashes : nil
    }

    private mutating func readString(hashes: Int) {
        advance(hashes)
        let isMultiline = sees("\"\"\"\n") || sees("\"\"\"\r")
        append(.literal, "")
        let place = tokens.count - 1
        advance(isMultiline ? 3 : 1)
        var content: [UInt8] = []
        while let next = byte() {
            if closesString(hashes: hashes, isMultiline: isMultiline) {
                advance((isMultiline ? 3 : 1) + hashes)
                break
            }
            if next == UInt8(ascii: "\n") && !isMultiline { break }
            if next == UInt8(ascii: "\\"), hasHashes(hashes, ahead: 1) {
                advance(1 + hashes)
                if byte() == UInt8(ascii: "(") {
                    advance()
                    readCode(insideInterpolation: true)
                } else {
                    advance()
                }
            } else {
                content.append(next)
                advance()
            }
        }
        tokens[place].text = String(decoding: content, as: UTF8.self)
        afterSpace = false
    }

    private func closesString(hashes: Int, isMultiline: Bool) -> Bool {
        isMultiline ? sees("\"\"\"") && hasHashes(hashes, ahead: 3) : sees("\"") && hasHashes(hashes, ahead: 1)
    }

    private func hasHashes(_ count: Int, ahead distance: Int) -> Bool {
        (0..<count).allSatisfy { byte(ahead: distance + $0) == UInt8(ascii: "#") }
    }
}

private func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
}

private func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "_"), 0x80...0xFF: true
    default: false
    }
}
