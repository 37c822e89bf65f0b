/// Values with their intervals on a page.
struct IntervalDrawing {
    private let chart: IntervalChart
    private let id: String

    init(_ chart: IntervalChart, id: String) {
        self.chart = chart
        self.id = id
    }

    var markup: Markup {
        let values = chart.rows.flatMap { [$0.value, $0.lower, $0.upper] } + [chart.reference]
        return RowDrawing(
            id: id, caption: chart.caption, rows: chart.rows.map(row),
            axis: Axis(values.compactMap { $0 }, ticksMax: 6),
            reference: chart.reference.map { ($0, number($0)) }
        ).markup
    }

    /// The same numbers, for those who want to read or copy them.
    var table: DataTable {
        let hasNotes = chart.rows.contains { !$0.note.isEmpty }
        return DataTable(
            [.init("", .left), .init("value"), .init("lower"), .init("upper")] + (hasNotes ? [.init("note", .left)] : []),
            rows: chart.rows.map { row in
                [
                    Phrase(row.label), Phrase(row.value.map(number) ?? "—", row.tone), Phrase(row.lower.map(number) ?? "—"),
                    Phrase(row.upper.map(number) ?? "—"),
                ] + (hasNotes ? [Phrase(row.note)] : [])
            }, caption: chart.caption)
    }

    private func number(_ value: Double) -> String { Wording.readable(value, chart.decimals) }

    private func row(_ row: IntervalChart.Row) -> RowDrawing.Row {
        let isBounded = row.lower != nil || row.upper != nil
        return RowDrawing.Row(
            label: row.label, note: row.note, value: row.value.map(number) ?? "—",
            range: isBounded ? (row.lower.map(number) ?? "") + "…" + (row.upper.map(number) ?? "") : "",
            marks: { axis, y in marks(row, axis, y) })
    }

    @MarkupBuilder
    private func marks(_ row: IntervalChart.Row, _ axis: PlacedAxis, _ y: Double) -> Markup {
        let lower = row.lower.flatMap(axis.place)
        let upper = row.upper.flatMap(axis.place)
        if lower != nil || upper != nil {
            // Open on one side: the line runs to the edge and has no end mark there.
            let (start, end) = (lower ?? axis.start, upper ?? axis.end)
            let ends = [lower, upper].compactMap { $0 }.map { (from: ($0, y - 5), to: ($0, y + 5)) }
            Drawing.lines([((start, y), (end, y))] + ends, "range \(row.tone.rawValue)")
        }
        if let value = row.value.flatMap(axis.place) { Drawing.mark(row.tone, value, y, isHollow: row.isHollow) }
    }
}
