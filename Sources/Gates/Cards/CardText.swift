/// A card's text in its two parts: YAML between `---` lines, then Markdown.
struct CardText {
    /// Nil where the text does not begin with a `---` line that another one closes.
    let frontMatter: String?
    let body: String
    /// The first line opens a front matter that nothing closes. All of it is body then: what a person sees must be read.
    let isUnclosed: Bool

    init(_ text: String) {
        let text = text.first == "\u{FEFF}" ? text.dropFirst() : text[...]
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard let first = lines.first, trimmed(first) == "---" else {
            frontMatter = nil
            body = String(text)
            isUnclosed = false
            return
        }
        guard let end = lines.dropFirst().firstIndex(where: { $0.first == "-" && trimmed($0) == "---" }) else {
            frontMatter = nil
            body = lines.dropFirst().joined(separator: "\n")
            isUnclosed = true
            return
        }
        frontMatter = lines[1..<end].joined(separator: "\n")
        body = lines[(end + 1)...].joined(separator: "\n")
        isUnclosed = false
    }
}

/// A line of a card's Markdown without its remarks (`<!-- … -->`).
struct CardLine {
    let text: String
    /// It stands between fences.
    let isCode: Bool

    /// The lines of a Markdown text. Fences are left out; a heading underlined with `===` or `---` becomes one with `#`.
    static func lines(of markdown: String) -> [CardLine] { reading(markdown).lines }

    /// What hides the rest of a text because nothing closes it; nil when all is closed.
    static func unclosed(in markdown: String) -> String? {
        let reading = reading(markdown)
        return reading.isRemark ? "a remark (<!--)" : reading.fence.map { "a code block (\($0))" }
    }

    private static func reading(_ markdown: String) -> CardLineReading {
        var reading = CardLineReading()
        for line in markdown.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) { reading.take(line) }
        return reading
    }

    /// A heading's level and its words.
    var heading: (level: Int, title: String)? {
        let text = trimmed(text)
        let level = text.prefix { $0 == "#" }.count
        guard !isCode, (1...6).contains(level), text.dropFirst(level).first == " " else { return nil }
        return (level, trimmed(text.dropFirst(level)))
    }
}

/// Keeps apart what may hide a line: a fence, a remark. Neither begins inside the other.
private struct CardLineReading {
    private(set) var lines: [CardLine] = []
    private(set) var fence: String?
    private(set) var isRemark = false

    mutating func take(_ line: Substring) {
        let bare = trimmed(line)
        if let fence {
            if bare.hasPrefix(fence), bare.allSatisfy({ $0 == fence.first }) {
                self.fence = nil
            } else {
                lines.append(CardLine(text: String(line), isCode: true))
            }
            return
        }
        let text = withoutRemarks(line)
        let start = trimmed(text)
        if let mark = openingFence(start) {
            fence = mark
        } else if let level = underlineLevel(start), let title = lines.last, isTitle(title) {
            lines[lines.count - 1] = CardLine(
                text: String(repeating: "#", count: level) + " " + trimmed(title.text), isCode: false)
        } else {
            lines.append(CardLine(text: text, isCode: false))
        }
    }

    private mutating func withoutRemarks(_ line: Substring) -> String {
        var kept = ""
        var rest = line
        while true {
            if isRemark {
                guard let end = rest.firstRange(of: "-->") else { return kept }
                isRemark = false
                rest = rest[end.upperBound...]
            }
            guard let start = rest.firstRange(of: "<!--") else { return kept + rest }
            kept += rest[..<start.lowerBound]
            isRemark = true
            rest = rest[start.upperBound...]
        }
    }

    /// "```swift", but not "```x```", which is a word of code within a line.
    private func openingFence(_ text: String) -> String? {
        guard let mark = text.first, mark == "`" || mark == "~" else { return nil }
        let fence = text.prefix { $0 == mark }
        guard fence.count >= 3, mark == "~" || !text.dropFirst(fence.count).contains(mark) else { return nil }
        return String(fence)
    }

    private func underlineLevel(_ text: String) -> Int? {
        guard text.count >= 2, let mark = text.first, mark == "=" || mark == "-", text.allSatisfy({ $0 == mark }) else {
            return nil
        }
        return mark == "=" ? 1 : 2
    }

    /// Only a paragraph of one line can be a title; a longer one above `---` has a rule below it.
    private func isTitle(_ line: CardLine) -> Bool {
        let text = trimmed(line.text)
        let isAlone = lines.count < 2 || trimmed(lines[lines.count - 2].text).isEmpty || lines[lines.count - 2].heading != nil
        return isAlone && !line.isCode && !text.isEmpty && line.heading == nil && text.first?.isLetter == true
    }
}

/// Letters and digits in lower case, with single spaces between the words.
func normalised(_ text: String) -> String {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
}

func trimmed(_ text: some StringProtocol) -> String {
    let start = text.drop(while: \.isWhitespace)
    return String(String(start.reversed().drop(while: \.isWhitespace)).reversed())
}
