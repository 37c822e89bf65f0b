/// A scalar as it stands in the text, and the same place with another value: quotes stay as they were.
struct ScalarText {
    struct Refusal: Error {
        let reason: String
    }

    struct Edit {
        /// In Unicode scalars of the text.
        let range: Range<Int>
        let text: String
    }

    private let scalars: [Unicode.Scalar]
    private let mark: ScalarMark
    private let start: Int

    /// Fails where the mark lies outside of the text.
    init(_ scalars: [Unicode.Scalar], _ mark: ScalarMark) throws(Refusal) {
        self.scalars = scalars
        self.mark = mark
        var line = 1
        var index = 0
        while line < mark.line, index < scalars.count {
            let isFirstOfPair = scalars[index] == "\r" && index + 1 < scalars.count && scalars[index + 1] == "\n"
            if Self.isLineBreak(scalars[index]), !isFirstOfPair { line += 1 }
            index += 1
        }
        start = index + mark.column - 1
        guard line == mark.line, start <= scalars.count else { throw Refusal(reason: "cannot be found again in the text") }
    }

    func replaced(by value: String) throws(Refusal) -> Edit {
        guard value.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw Refusal(reason: "would get a value with control characters")
        }
        if start < scalars.count, scalars[start] == "&" || scalars[start] == "!" {
            throw Refusal(reason: "has an anchor or a tag, so that others may depend on it")
        }
        switch mark.style {
        case .plain: return try plain(value)
        case .singleQuoted:
            return Edit(range: try quoted(by: "'"), text: "'" + value.replacing("'", with: "''") + "'")
        case .doubleQuoted: return Edit(range: try quoted(by: "\""), text: Self.doubleQuoted(value))
        case .block: throw Refusal(reason: "is written as a block over several lines")
        }
    }

    private func plain(_ value: String) throws(Refusal) -> Edit {
        let old = Array(mark.value.unicodeScalars)
        let end = start + old.count
        guard end <= scalars.count, scalars[start..<end].elementsEqual(old) else {
            throw Refusal(reason: "is written over several lines")
        }
        // What is text stays text: `v2` may become `"12"`, while `2` may become `3`.
        let isSafe = Self.isText(value) || (Self.isPlainSafe(value) && !Self.isText(mark.value) && !old.isEmpty)
        let text = isSafe ? value : Self.doubleQuoted(value)
        let isJoined = old.isEmpty && start > 0 && scalars[start - 1] != " "
        return Edit(range: start..<end, text: isJoined ? " " + text : text)
    }

    private func quoted(by quote: Unicode.Scalar) throws(Refusal) -> Range<Int> {
        guard start < scalars.count, scalars[start] == quote else { throw Refusal(reason: "cannot be found again in the text") }
        var index = start + 1
        while index < scalars.count, !Self.isLineBreak(scalars[index]) {
            if quote == "\"", scalars[index] == "\\" {
                index += 2
                continue
            }
            if scalars[index] == quote {
                let isDoubled = quote == "'" && index + 1 < scalars.count && scalars[index + 1] == "'"
                guard isDoubled else { return start..<(index + 1) }
                index += 1
            }
            index += 1
        }
        throw Refusal(reason: "is written over several lines")
    }

    private static func doubleQuoted(_ value: String) -> String {
        "\"" + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// Words that YAML 1.1 or 1.2 take for something else than text.
    private static let reserved: Set = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]

    /// Whether a plain scalar is text to every YAML reader.
    static func isText(_ value: String) -> Bool {
        guard isPlainSafe(value), let first = value.unicodeScalars.first else { return false }
        return first.properties.isAlphabetic && !reserved.contains(value.lowercased())
    }

    /// Whether it may stand without quotes anywhere, lists and maps in one line included.
    private static func isPlainSafe(_ value: String) -> Bool {
        guard let first = value.unicodeScalars.first, let last = value.unicodeScalars.last else { return false }
        let isSafe = value.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || "._/:@+-=~".unicodeScalars.contains(scalar))
        }
        let startsSafely = first.properties.isAlphabetic || first.properties.numericType != nil || first == "/" || first == "."
        return isSafe && startsSafely && last != ":"
    }

    /// YAML 1.1 knows more line breaks than most editors.
    private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\r" || scalar == "\u{85}" || scalar == "\u{2028}" || scalar == "\u{2029}"
    }
}
