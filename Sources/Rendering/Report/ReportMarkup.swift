/// A block of a report as markup: the same on a page of its own and on a page of the server.
extension Report.Block {
    /// `title` names a table that has no caption; `id` is the page's own and begins the ids inside drawings.
    @MarkupBuilder
    package func markup(title: String, id: String) -> Markup {
        switch self {
        case .text(let text): Tag.p { text }
        case .note(let text):
            Tag.p(.class("note")) {
                Tag.strong { "Note" }
                " "
                text
            }
        case .table(let table): table.markup(caption: table.caption.isEmpty ? title : table.caption)
        case .intervals(let chart):
            let drawing = IntervalDrawing(chart, id: id)
            Self.figure(chart.caption, drawing.markup, isEmpty: chart.rows.isEmpty, tables: [drawing.table])
        case .bars(let chart):
            let drawing = BarDrawing(chart, id: id)
            Self.figure(chart.caption, drawing.markup, isEmpty: chart.bars.isEmpty, tables: [drawing.table])
        case .lines(let chart):
            let drawing = LineDrawing(chart, id: id)
            Self.figure(
                chart.caption, drawing.markup, isEmpty: chart.series.allSatisfy(\.points.isEmpty), tables: drawing.tables)
        case .shares(let chart):
            let drawing = ShareDrawing(chart: chart, id: id)
            Self.figure(chart.caption, drawing.markup, isEmpty: chart.rows.isEmpty, tables: [drawing.table])
        case .band(let chart):
            let drawing = BandDrawing(chart: chart, id: id)
            Self.figure(chart.caption, drawing.markup, isEmpty: chart.points.isEmpty, tables: [drawing.table])
        case .time(let chart):
            let drawing = TimeDrawing(chart: chart, id: id)
            Self.figure(
                chart.caption, drawing.markup, isEmpty: chart.series.allSatisfy { $0.values.allSatisfy { $0 == nil } },
                tables: drawing.tables)
        case .plane(let chart):
            let drawing = PlaneDrawing(chart: chart, id: id)
            Self.figure(chart.caption, drawing.markup, isEmpty: !chart.counts.contains { $0 > 0 }, tables: drawing.tables)
        case .calibration(let chart):
            let drawing = CalibrationDrawing(chart: chart, id: id)
            Self.figure(chart.caption, drawing.markup, isEmpty: chart.series.isEmpty, tables: drawing.tables)
        }
    }

    /// A drawing under its caption, in a region that scrolls, with its numbers as tables below.
    static func figure(_ caption: String, _ drawing: Markup, isEmpty: Bool = false, tables: [DataTable]) -> Markup {
        Tag.figure {
            Tag.figcaption { caption }
            if isEmpty {
                Tag.p { "There is nothing to draw." }
            } else {
                Tag.div(.class("scroll"), .role("region"), .label(caption), .isFocusable) { drawing }
                Tag.details {
                    Tag.summary { "Numbers" }
                    for table in tables { table.markup(caption: table.caption) }
                }
            }
        }
    }
}

extension DataTable {
    /// Wide ones scroll inside a region that a keyboard reaches.
    package func markup(caption text: String) -> Markup {
        Tag.div(.class("scroll"), .role("region"), .label(text), .isFocusable) {
            Tag.table {
                Tag.caption(caption.isEmpty ? .class("unseen") : nil) { text }
                Tag.thead {
                    Tag.tr {
                        for column in columns { Tag.th(.ofColumn, column.alignment.style) { column.title } }
                    }
                }
                Tag.tbody {
                    for row in rows {
                        Tag.tr { for (index, cell) in row.enumerated() { self.cell(cell, columns[index], index) } }
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
