/// Bars of one length, each divided as its row says.
struct ShareDrawing {
    private static let rowHeight = 48.0
    private static let labelWidthMax = 200.0
    private static let coloursMax = 4

    let chart: ShareChart
    let id: String

    var markup: Markup {
        let labelWidth = min(chart.rows.map { Drawing.width($0.label) }.max() ?? 0, Self.labelWidthMax)
        let start = labelWidth + 14
        return Drawing.svg(
            id: id, title: chart.caption, description: Drawing.description(chart.rows.map { words($0) + "." }),
            height: Self.rowHeight * Double(chart.rows.count) + 4
        ) {
            for (index, row) in chart.rows.enumerated() {
                let top = Self.rowHeight * Double(index) + 4
                Drawing.text(Drawing.fitted(row.label, labelWidth), labelWidth, top + 14, "end")
                Drawing.line(start, top + 18, Drawing.width, top + 18, "grid")
                bars(row, start: start, top: top)
                Drawing.text(Drawing.fitted(parts(row), Drawing.width - start, isSmall: true), start, top + 34, "small")
            }
        }
    }

    var table: DataTable {
        let names = chart.rows.max { $0.parts.count < $1.parts.count }?.parts.map(\.label) ?? []
        return DataTable(
            [.init("", .left)] + names.map { .init($0) } + [.init("note", .left)],
            rows: chart.rows.map { row in
                [Phrase(row.label)]
                    + names.indices.map { Phrase($0 < row.parts.count ? Self.percent(row.parts[$0].share) : "—") }
                    + [Phrase(row.note)]
            }, caption: chart.caption)
    }

    @MarkupBuilder
    private func bars(_ row: ShareChart.Row, start: Double, top: Double) -> Markup {
        let room = Drawing.width - start
        let ends = row.parts.reduce(into: [0.0]) { ends, part in
            ends.append(min(1, (ends.last ?? 0) + min(max(part.share, 0), 1)))
        }
        for index in row.parts.indices where ends[index + 1] > ends[index] {
            Tag.rect(
                Attribute("x", start + ends[index] * room), Attribute("y", top),
                Attribute("width", max(1.5, (ends[index + 1] - ends[index]) * room)), Attribute("height", 18),
                .class("bar part colour-\(index % Self.coloursMax + 1)"))
        }
    }

    private func parts(_ row: ShareChart.Row) -> String {
        (row.parts.map { "\($0.label) \(Self.percent($0.share))" } + (row.note.isEmpty ? [] : [row.note]))
            .joined(separator: " · ")
    }

    private func words(_ row: ShareChart.Row) -> String { "\(row.label): \(parts(row))" }

    /// Small shares keep their digits: 0.25 % is not 0.3 %.
    private static func percent(_ share: Double) -> String {
        share > 0 && share < 0.01 ? Wording.fixed(share * 100, 2) + " %" : Wording.compactPercent(share)
    }
}
