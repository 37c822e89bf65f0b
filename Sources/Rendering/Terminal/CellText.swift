/// Text as cells of a terminal, where most characters take one cell, ideographs and emoji two, and accents none.
enum CellText {
    /// Text that stays on one line and steers nothing: control characters, line separators and marks that turn the
    /// direction of writing become spaces.
    static func plain(_ text: String) -> String {
        guard !text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value < 0x7F }) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isSteering($0) ? " " : $0 }))
    }

    private static func isSteering(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        // The joiners hold together letters of some scripts and the parts of an emoji.
        case .format: scalar.value != 0x200C && scalar.value != 0x200D
        // Categories of a standard that grows, not an enumeration of ours.
        default: false
        }
    }

    static func width(_ text: String) -> Int {
        var isPlain = true
        for byte in text.utf8 where byte >= 0x7F || byte < 0x20 { isPlain = false }
        return isPlain ? text.utf8.count : text.reduce(0) { $0 + width($1) }
    }

    static func width(_ character: Character) -> Int {
        var width = 0
        for scalar in character.unicodeScalars {
            // U+FE0F asks for the emoji form of the sign before it.
            if scalar.value == 0xFE0F { return 2 }
            width = max(width, self.width(scalar))
        }
        return width
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        guard scalar.value >= 0x300 else { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        return scalar.properties.isEmojiPresentation || wideRanges.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// The blocks whose East Asian Width is W or F (Unicode Standard Annex 11), coarsely.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF,
        0x20000...0x3FFFD,
    ]

    static func left(_ text: String, _ cells: Int) -> String { text + blank(cells - width(text)) }

    static func right(_ text: String, _ cells: Int) -> String { blank(cells - width(text)) + text }

    static func blank(_ cells: Int) -> String { String(repeating: " ", count: max(0, cells)) }

    static func withoutTrailingBlanks(_ text: String) -> String {
        guard let last = text.lastIndex(where: { $0 != " " }) else { return "" }
        return String(text[...last])
    }

    /// Text in lines of at most `cells`, broken at spaces, and inside a word only when it alone is longer. There is always
    /// a first line. Nil cells: one line, as it is.
    static func wrapped(_ text: String, _ cells: Int?) -> [String] {
        guard let cells, width(text) > cells else { return [text] }
        let limit = max(1, cells)
        var lines: [String] = []
        var line = ""
        var lineWidth = 0
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            let wordWidth = width(String(word))
            if lineWidth > 0, lineWidth + 1 + wordWidth > limit {
                lines.append(line)
                (line, lineWidth) = ("", 0)
            }
            if lineWidth > 0 {
                line += " "
                lineWidth += 1
            }
            for character in word {
                let characterWidth = width(character)
                if lineWidth + characterWidth > limit, lineWidth > 0 {
                    lines.append(line)
                    (line, lineWidth) = ("", 0)
                }
                line.append(character)
                lineWidth += characterWidth
            }
        }
        return lines + [line]
    }
}
