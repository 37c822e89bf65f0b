/// Aligned columns for a person; tab-separated lines for a pipe.
struct TextTable {
    enum Alignment { case left, right }

    private let header: [(title: String, alignment: Alignment)]
    private var lines: [[String]] = []

    init(_ header: [(String, Alignment)]) {
        self.header = header.map { (title: $0.0, alignment: $0.1) }
    }

    mutating func add(_ cells: [String]) {
        precondition(cells.count == header.count, "a line has a cell per column")
        lines.append(cells.map(\.onOneLine))
    }

    func render(isInteractive: Bool) -> [String] {
        guard isInteractive else { return lines.map { $0.joined(separator: "\t") } }
        let widths = header.indices.map { column in
            (lines.map { $0[column].count } + [header[column].title.count]).max() ?? 0
        }
        return ([header.map(\.title)] + lines).map { cells in
            let padded = cells.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - cells[column].count)
                return header[column].alignment == .left ? cells[column] + padding : padding + cells[column]
            }
            return String(padded.joined(separator: "  ").reversed().drop(while: { $0 == " " }).reversed())
        }
    }
}

extension String {
    /// Control characters as spaces: what somebody wrote into the registry neither breaks a line nor steers a terminal.
    var onOneLine: String {
        let isClean = unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard !isClean else { return self }
        return String(UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
