/// A report as one HTML page that needs nothing else: styles inside, charts as SVG, no script, no outside request.
/// The same report is the same bytes.
package struct HTMLReport {
    private let report: Report

    package init(_ report: Report) { self.report = report }

    package var page: String {
        let html = Tag.html(.lang("en")) {
            head
            Tag.body {
                Tag.main {
                    header
                    for (index, section) in report.sections.enumerated() { self.section(section, "s\(index + 1)") }
                }
            }
        }
        return "<!doctype html>\n" + html.text
    }

    private var head: Markup {
        Tag.head {
            Tag.meta(Attribute("charset", "utf-8"))
            Tag.meta(.name("viewport"), .content("width=device-width, initial-scale=1"))
            Tag.meta(.name("color-scheme"), .content("light dark"))
            // Whatever a name smuggled in, the browser would neither run nor fetch it.
            Tag.meta(
                Attribute("http-equiv", "Content-Security-Policy"), .content("default-src 'none'; style-src 'unsafe-inline'"))
            Tag.title { report.title }
            Tag.style { ReportStyle.sheet }
        }
    }

    private var header: Markup {
        Tag.header {
            Tag.h1 { report.title }
            Tag.p(.class("finding")) {
                if let verdict = report.verdict, !verdict.text.isEmpty {
                    Tag.strong(.class("verdict \(verdict.tone.rawValue)")) { verdict.tone.markedWord(verdict.text) }
                    " "
                }
                report.sentence
            }
            if !report.facts.isEmpty {
                Tag.dl {
                    for fact in report.facts {
                        Tag.div {
                            Tag.dt { fact.name }
                            Tag.dd { fact.value }
                        }
                    }
                }
            }
        }
    }

    private func section(_ section: Report.Section, _ id: String) -> Markup {
        Tag.section(.labelledBy(id)) {
            Tag.h2(.id(id)) { section.title }
            for (index, block) in section.blocks.enumerated() { self.block(block, in: section, "\(id)-\(index + 1)") }
        }
    }

    @MarkupBuilder
    private func block(_ block: Report.Block, in section: Report.Section, _ id: String) -> Markup {
        switch block {
        case .text(let text): Tag.p { text }
        case .note(let text):
            Tag.p(.class("note")) {
                Tag.strong { "Note" }
                " "
                text
            }
        case .table(let table): self.table(table, caption: table.caption.isEmpty ? section.title : table.caption)
        case .intervals(let chart):
            let drawing = IntervalDrawing(chart, id: id)
            figure(chart.caption, drawing.markup, isEmpty: chart.rows.isEmpty, tables: [drawing.table])
        case .bars(let chart):
            let drawing = BarDrawing(chart, id: id)
            figure(chart.caption, drawing.markup, isEmpty: chart.bars.isEmpty, tables: [drawing.table])
        case .lines(let chart):
            let drawing = LineDrawing(chart, id: id)
            figure(
                chart.caption, drawing.markup, isEmpty: chart.series.allSatisfy(\.points.isEmpty), tables: drawing.tables)
        }
    }

    private func figure(_ caption: String, _ drawing: Markup, isEmpty: Bool, tables: [DataTable]) -> Markup {
        Tag.figure {
            Tag.figcaption { caption }
            if isEmpty {
                Tag.p { "There is nothing to draw." }
            } else {
                Tag.div(.class("scroll"), .role("region"), .label(caption), .isFocusable) { drawing }
                Tag.details {
                    Tag.summary { "Numbers" }
                    for table in tables { self.table(table, caption: table.caption) }
                }
            }
        }
    }

    private func table(_ table: DataTable, caption: String) -> Markup {
        Tag.div(.class("scroll"), .role("region"), .label(caption), .isFocusable) {
            Tag.table {
                Tag.caption(table.caption.isEmpty ? .class("unseen") : nil) { caption }
                Tag.thead {
                    Tag.tr {
                        for column in table.columns { Tag.th(.ofColumn, column.alignment.style) { column.title } }
                    }
                }
                Tag.tbody {
                    for row in table.rows {
                        Tag.tr { for (index, cell) in row.enumerated() { self.cell(cell, table.columns[index], index) } }
                    }
                }
            }
        }
    }

    private func cell(_ cell: Phrase, _ column: DataTable.Column, _ index: Int) -> Markup {
        // The first column of words names its row.
        guard index > 0 || column.alignment == .right else { return Tag.th(.ofRow) { cell.text } }
        let tone = cell.tone == .neutral ? nil : cell.tone.rawValue
        switch column.alignment {
        case .left: return Tag.td(.class(["left", tone].compactMap { $0 }.joined(separator: " "))) { cell.text }
        case .right: return Tag.td(tone.map { .class($0) }) { cell.text }
        }
    }
}

extension DataTable.Alignment {
    fileprivate var style: Attribute? {
        switch self {
        case .left: .class("left")
        case .right: nil
        }
    }
}
