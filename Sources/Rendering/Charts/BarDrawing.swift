/// Amounts on a page, each a bar from zero.
struct BarDrawing {
    private let chart: BarChart
    private let id: String

    init(_ chart: BarChart, id: String) {
        self.chart = chart
        self.id = id
    }

    var markup: Markup {
        let values = chart.bars.compactMap(\.value).filter { $0 > 0 } + [chart.limit].compactMap { $0 }
        return RowDrawing(
            id: id, caption: chart.caption, rows: chart.bars.map(row), axis: Axis(values, fromZero: true, ticksMax: 6),
            reference: chart.limit.map { ($0, number($0)) }
        ).markup
    }

    /// The same numbers, for those who want to read or copy them.
    var table: DataTable {
        DataTable(
            [.init("", .left), .init("value"), .init("note", .left)],
            rows: chart.bars.map { [Phrase($0.label), Phrase($0.value.map(number) ?? "—", $0.tone), Phrase($0.note)] },
            caption: chart.caption)
    }

    private func number(_ value: Double) -> String { Wording.readable(value, chart.decimals) }

    private func row(_ bar: BarChart.Bar) -> RowDrawing.Row {
        let value = bar.value.map(number) ?? "—"
        let mark = bar.tone == .bad ? "\(bar.tone.mark) " : ""
        return RowDrawing.Row(label: bar.label, note: bar.note, value: mark + value, range: "", marks: { marks(bar, $0, $1) })
    }

    @MarkupBuilder
    private func marks(_ bar: BarChart.Bar, _ axis: PlacedAxis, _ y: Double) -> Markup {
        if let value = bar.value, value > 0, let end = axis.place(of: value) {
            Tag.rect(
                Attribute("x", axis.start), Attribute("y", y - 7), Attribute("width", max(1, end - axis.start)),
                Attribute("height", 14), .class("bar \(bar.tone.rawValue)"))
        }
    }
}
