/// A table as aligned columns. One that is wider than the window gets narrower columns of text first; what still does not
/// fit comes in blocks of columns that each begin with the first one.
struct TerminalTable {
    private static let gap = 2
    /// A column of text is not made narrower than this, and longer words are broken.
    private static let textCellsMin = 16

    private let columns: [DataTable.Column]
    private let titles: [String]
    private let cells: [[String]]
    private let tones: [[Tone]]
    private let caption: String
    private let pen: TerminalPen

    init(_ table: DataTable, pen: TerminalPen) {
        columns = table.columns
        titles = table.columns.map { CellText.plain($0.title) }
        cells = table.rows.map { $0.map { CellText.plain($0.text) } }
        tones = table.rows.map { $0.map(\.tone) }
        caption = CellText.plain(table.caption)
        self.pen = pen
    }

    func lines(columns room: Int?) -> [String] {
        guard !columns.isEmpty else { return [] }
        let widths = widths(room)
        let blocks = room.map { columnBlocks(widths, room: $0) } ?? [Array(columns.indices)]
        let head = caption.isEmpty ? [] : CellText.wrapped(caption, room)
        return head + blocks.map { lines($0, widths) }.joined(separator: [""])
    }

    /// The natural widths; less where that lets the table fit in one piece.
    private func widths(_ room: Int?) -> [Int] {
        var widths = columns.indices.map { column in
            cells.reduce(CellText.width(titles[column])) { max($0, CellText.width($1[column])) }
        }
        guard let room else { return widths }
        let floors = columns.indices.map { floor($0, natural: widths[$0], room: room) }
        let gaps = Self.gap * (widths.count - 1)
        guard floors.reduce(0, +) + gaps <= room else {
            return columns.indices.map { max(floors[$0], min(widths[$0], share($0, of: room))) }
        }
        var excess = widths.reduce(0, +) + gaps - room
        // Titles break between words before any cell breaks; then the widest column gives first.
        for column in columns.indices where columns[column].alignment == .right && excess > 0 {
            let given = min(excess, widths[column] - floors[column])
            widths[column] -= given
            excess -= given
        }
        while excess > 0 {
            let shrinkable = widths.indices.filter { widths[$0] > floors[$0] }
            guard let widest = shrinkable.max(by: { widths[$0] < widths[$1] }) else { break }
            let next = shrinkable.filter { $0 != widest }.map { widths[$0] }.max() ?? 0
            let given = min(excess, max(1, widths[widest] - max(next, floors[widest])))
            widths[widest] -= given
            excess -= given
        }
        return widths
    }

    private func floor(_ column: Int, natural: Int, room: Int) -> Int {
        let word = Self.longestWord(titles[column])
        let values =
            switch columns[column].alignment {
            case .left: min(Self.textCellsMin, cells.reduce(0) { max($0, Self.longestWord($1[column])) })
            case .right: cells.reduce(0) { max($0, CellText.width($1[column])) }
            }
        return min(natural, max(word, values), share(column, of: room))
    }

    /// The first column leaves half of the window to the one beside it.
    private func share(_ column: Int, of room: Int) -> Int { max(1, column == 0 ? room / 2 : room - Self.gap - room / 2) }

    private static func longestWord(_ text: String) -> Int {
        text.split(separator: " ").reduce(0) { max($0, CellText.width(String($1))) }
    }

    private func columnBlocks(_ widths: [Int], room: Int) -> [[Int]] {
        var blocks: [[Int]] = []
        var block = [0]
        var used = widths[0]
        for column in columns.indices.dropFirst() {
            if used + Self.gap + widths[column] > room, block.count > 1 {
                blocks.append(block)
                block = [0]
                used = widths[0]
            }
            block.append(column)
            used += Self.gap + widths[column]
        }
        return blocks + [block]
    }

    private func lines(_ block: [Int], _ widths: [Int]) -> [String] {
        let header = block.map { CellText.wrapped(titles[$0], widths[$0]) }
        let height = header.map(\.count).max() ?? 0
        // Titles of one line stand at the foot of the header, next to their numbers.
        let aligned = header.map { [String](repeating: "", count: height - $0.count) + $0 }
        var lines = (0..<height).map { line in
            joined(block.indices.map { (aligned[$0][line], block[$0], nil) }, widths)
        }
        lines = lines.map { pen.dim($0) }
        for row in cells.indices {
            let wrapped = block.map { CellText.wrapped(cells[row][$0], widths[$0]) }
            for line in 0..<(wrapped.map(\.count).max() ?? 0) {
                let parts = block.indices.map { index in
                    (line < wrapped[index].count ? wrapped[index][line] : "", block[index], tones[row][block[index]] as Tone?)
                }
                lines.append(joined(parts, widths))
            }
        }
        return lines
    }

    private func joined(_ parts: [(text: String, column: Int, tone: Tone?)], _ widths: [Int]) -> String {
        var line = ""
        for (index, part) in parts.enumerated() {
            let padding = CellText.blank(widths[part.column] - CellText.width(part.text))
            let text = part.tone.map { pen.toned(part.text, $0) } ?? part.text
            let isLast = index == parts.count - 1
            switch columns[part.column].alignment {
            case .left: line += text + (isLast ? "" : padding)
            case .right: line += padding + text
            }
            if !isLast { line += CellText.blank(Self.gap) }
        }
        return CellText.withoutTrailingBlanks(line)
    }
}
