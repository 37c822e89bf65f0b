/// A report as lines of text for a terminal, or for a pipe.
package struct TerminalReport {
    /// Longer lines of prose are hard to read, however wide the window is.
    private static let proseColumnsMax = 100
    private static let indent = 2

    /// The width of the window; nil for a pipe, whose lines are never wrapped.
    let columns: Int?
    let pen: TerminalPen

    /// `styled` marks text for the terminal it goes to, or leaves it alone.
    package init(columns: Int?, styled: @escaping (String, TextStyle) -> String) {
        self.columns = columns
        pen = TerminalPen(styled: styled)
    }

    package func lines(_ report: Report) -> [String] {
        var lines = prose(report.title, indent: 0).map { pen.styled($0, .bold) }
        lines += [""] + headline(report)
        if !report.facts.isEmpty { lines += [""] + facts(report.facts) }
        for section in report.sections {
            lines += [""] + prose(section.title, indent: 0).map { pen.styled($0, .bold) }
            for (index, block) in section.blocks.enumerated() {
                if index > 0 { lines.append("") }
                lines += self.lines(block).map { $0.isEmpty ? "" : CellText.blank(Self.indent) + $0 }
            }
        }
        return lines
    }

    private func headline(_ report: Report) -> [String] {
        guard let verdict = report.verdict, !verdict.text.isEmpty else { return prose(report.sentence, indent: 0) }
        let word = verdict.tone.markedWord(CellText.plain(verdict.text))
        let wordWidth = CellText.width(word) + 2
        // A long verdict gets a line of its own; a short one stands before the sentence.
        guard columns.map({ wordWidth * 3 <= $0 }) ?? true else {
            return CellText.wrapped(word, columns).map { pen.toned($0, verdict.tone) } + prose(report.sentence, indent: 0)
        }
        let sentence = prose(report.sentence, indent: wordWidth)
        return sentence.enumerated().map { index, line in
            index == 0 ? pen.toned(word, verdict.tone) + "  " + line : CellText.blank(wordWidth) + line
        }
    }

    private func facts(_ facts: [Report.Fact]) -> [String] {
        let names = facts.map { CellText.plain($0.name) }
        let widest = names.map(CellText.width).max() ?? 0
        let nameWidth = columns.map { min(widest, $0 / 3) } ?? widest
        return zip(names, facts).flatMap { name, fact in
            let nameLines = CellText.wrapped(name, nameWidth)
            let valueLines = prose(fact.value, indent: nameWidth + 2)
            return (0..<max(nameLines.count, valueLines.count)).map { line in
                let name = CellText.left(line < nameLines.count ? nameLines[line] : "", nameWidth)
                return CellText.withoutTrailingBlanks(
                    pen.styled(name, .dim) + "  " + (line < valueLines.count ? valueLines[line] : ""))
            }
        }
    }

    private func lines(_ block: Report.Block) -> [String] {
        let room = columns.map { max(1, $0 - Self.indent) }
        switch block {
        case .text(let text): return prose(text, indent: Self.indent)
        case .note(let text):
            return prose(text, indent: Self.indent + 6).enumerated().map { index, line in
                (index == 0 ? pen.styled("note", .yellow) + "  " : CellText.blank(6)) + line
            }
        case .table(let table): return TerminalTable(table, pen: pen).lines(columns: room)
        case .intervals(let chart): return TerminalIntervals(chart, pen: pen).lines(columns: room)
        case .bars(let chart): return TerminalBars(chart, pen: pen).lines(columns: room)
        case .lines(let chart): return TerminalCurves(chart, pen: pen).lines(columns: room)
        case .shares(let chart): return numbers([ShareDrawing(chart: chart, id: "").table], room)
        case .band(let chart): return numbers([BandDrawing(chart: chart, id: "").table], room)
        case .time(let chart): return numbers(TimeDrawing(chart: chart, id: "").tables, room)
        case .plane(let chart): return numbers(PlaneDrawing(chart: chart, id: "").tables, room)
        case .calibration(let chart): return numbers(CalibrationDrawing(chart: chart, id: "").tables, room)
        }
    }

    private func numbers(_ tables: [DataTable], _ room: Int?) -> [String] {
        Array(tables.map { TerminalTable($0, pen: pen).lines(columns: room) }.joined(separator: [""]))
    }

    private func prose(_ text: String, indent: Int) -> [String] {
        CellText.wrapped(CellText.plain(text), columns.map { max(1, min($0, Self.proseColumnsMax) - indent) })
    }
}

/// Marks text for the terminal it goes to, or leaves it alone for a pipe.
struct TerminalPen {
    let styled: (String, TextStyle) -> String

    func toned(_ text: String, _ tone: Tone) -> String {
        guard let style = tone.style, !text.isEmpty else { return text }
        return styled(text, style)
    }

    func dim(_ text: String) -> String { text.isEmpty ? text : styled(text, .dim) }
}

/// How a terminal may set text apart.
package enum TextStyle: String, Sendable, CaseIterable {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
}

extension Tone {
    var style: TextStyle? {
        switch self {
        case .neutral: nil
        case .good: .green
        case .caution: .yellow
        case .bad: .red
        }
    }

    /// What says the tone where there is no colour; one cell, or nothing.
    var mark: String {
        switch self {
        case .neutral: ""
        case .good: "✓"
        case .caution: "?"
        case .bad: "✗"
        }
    }

    func markedWord(_ word: String) -> String { mark.isEmpty ? word : "\(mark) \(word)" }
}
