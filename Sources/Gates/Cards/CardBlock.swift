/// A list item, a paragraph or a row of a table, on one line, with the headings it stands under.
struct CardBlock {
    /// Outermost first.
    let headings: [CardHeading]
    let text: String

    static func blocks(of lines: [CardLine]) -> [CardBlock] {
        var reading = CardBlockReading()
        for line in lines { reading.take(line) }
        return reading.finish()
    }
}

struct CardHeading {
    /// 1 to 6 as in Markdown; 7 for a line such as `Limitations:` above a list.
    let level: Int
    /// Normalised.
    let name: String
}

private struct CardBlockReading {
    /// A line that ends with a colon is a heading of its own when it is no longer than this.
    private static let labelCharactersMax = 60
    private static let labelLevel = 7

    private var blocks: [CardBlock] = []
    private var headings: [CardHeading] = []
    /// The words of the block that is being read.
    private var words: [String] = []
    private var isItem = false
    /// List items that end with a colon and the indentation of each: what stands deeper continues their sentence.
    private var parents: [(indent: Int, text: String)] = []
    private var indent = 0
    /// How far the list item is indented that is a label; nil when the label is a line of its own.
    private var labelIndent: Int?
    private var isRow = false

    mutating func take(_ line: CardLine) {
        let text = trimmed(line.text)
        if line.isCode || isRule(text) {
            endBlock()
        } else if let (level, title) = line.heading {
            endBlock()
            open(CardHeading(level: level, name: normalised(title)))
        } else if text.isEmpty {
            endBlock()
        } else if let item = item(text) {
            endBlock()
            begin(item: item, indent: line.text.prefix(while: \.isWhitespace).count)
        } else if text.hasPrefix("|") {
            takeRow(text)
        } else if words.isEmpty || isRow {
            endBlock()
            takeParagraph(text, isIndented: line.text.first?.isWhitespace == true)
        } else {
            words.append(text)
        }
    }

    mutating func finish() -> [CardBlock] {
        endBlock()
        return blocks
    }

    private mutating func open(_ heading: CardHeading) {
        headings.removeAll { $0.level >= heading.level }
        headings.append(heading)
        parents = []
    }

    private mutating func begin(item text: String, indent: Int) {
        parents.removeAll { $0.indent >= indent }
        if let labelIndent, indent <= labelIndent { closeLabel() }
        (words, isItem, self.indent) = ([text], true, indent)
        if let label = label(text) { open(label, indent: indent) }
    }

    private mutating func takeParagraph(_ text: String, isIndented: Bool) {
        // Below a list, an indented paragraph belongs to its last item; any other ends what a label opened.
        if !isIndented {
            parents = []
            closeLabel()
        }
        (words, isItem) = ([text], false)
        if let label = label(text) { open(label, indent: nil) }
    }

    private mutating func open(_ label: (name: String, rest: String), indent: Int?) {
        open(CardHeading(level: Self.labelLevel, name: normalised(label.name)))
        labelIndent = indent
        words = label.rest.isEmpty ? [] : [label.rest]
    }

    private mutating func closeLabel() {
        headings.removeAll { $0.level == Self.labelLevel }
        labelIndent = nil
    }

    /// `Limitations:`, `**Known limitations:** few rows`.
    private func label(_ text: String) -> (name: String, rest: String)? {
        guard let colon = text.prefix(Self.labelCharactersMax).firstIndex(of: ":") else { return nil }
        let name = text[..<colon]
        let rest = text[text.index(after: colon)...]
        let isName =
            name.allSatisfy { $0.isLetter || $0.isNumber || " _-*&/,()".contains($0) } && name.contains(where: \.isLetter)
        guard isName, LimitationWords.match(normalised(String(name))) else { return nil }
        return (String(name), trimmed(rest.drop { $0 == "*" }))
    }

    /// A row's cells in one line. Of the two lines above a table's rows neither says anything.
    private mutating func takeRow(_ text: String) {
        let cells = text.split(separator: "|").map { trimmed($0) }.filter { !$0.isEmpty }
        if !cells.isEmpty, cells.allSatisfy({ $0.allSatisfy { "-: ".contains($0) } }) {
            words = []
            return
        }
        endBlock()
        (words, isItem, isRow) = ([cells.joined(separator: " — ")], false, true)
    }

    private mutating func endBlock() {
        defer { (words, isRow) = ([], false) }
        let text = words.joined(separator: " ")
        guard !text.isEmpty else { return }
        if text.hasSuffix(":") {
            // It introduces a list; of a paragraph the list says enough, of an item it begins the sentence.
            if isItem { parents.append((indent, text)) }
            return
        }
        let prefix = isItem ? parents.map(\.text) : []
        blocks.append(CardBlock(headings: headings, text: (prefix + [text]).joined(separator: " ")))
    }

    /// The text of `- item`, `2. item`, `- [ ] item`.
    private func item(_ text: String) -> String? {
        var rest: Substring
        if let bullet = ["- ", "* ", "+ "].first(where: { text.hasPrefix($0) }) {
            rest = text.dropFirst(bullet.count)
        } else {
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            let mark = text.dropFirst(digits.count)
            guard (1...9).contains(digits.count), mark.hasPrefix(". ") || mark.hasPrefix(") ") else { return nil }
            rest = mark.dropFirst(2)
        }
        for box in ["[ ] ", "[x] ", "[X] "] where rest.hasPrefix(box) { rest = rest.dropFirst(box.count) }
        return trimmed(rest)
    }

    private func isRule(_ text: String) -> Bool {
        guard text.count >= 3, let mark = text.first, "-*_".contains(mark) else { return false }
        return text.allSatisfy { $0 == mark || $0 == " " }
    }
}
