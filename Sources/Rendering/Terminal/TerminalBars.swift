/// Amounts in a terminal, to an eighth of a cell, and `│` where the limit lies.
struct TerminalBars {
    private static let eighths: [Character] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    private let chart: BarChart
    private let pen: TerminalPen

    init(_ chart: BarChart, pen: TerminalPen) {
        self.chart = chart
        self.pen = pen
    }

    func lines(columns: Int?) -> [String] {
        let values = chart.bars.map { $0.value.map { Wording.readable($0, chart.decimals) } ?? "—" }
        let width = values.map(CellText.width).max() ?? 0
        let rows = zip(chart.bars, values).map { bar, value in
            TerminalChart.Row(
                label: bar.label, numbers: CellText.right(value, width), note: bar.note,
                drawing: { drawing in self.drawing(bar, drawing) })
        }
        let placed = chart.bars.compactMap(\.value).filter { $0 > 0 } + [chart.limit].compactMap { $0 }
        return TerminalChart(
            caption: chart.caption, rows: rows, pen: pen, axis: { Axis(placed, fromZero: true, ticksMax: $0) },
            legend: chart.limit.map { "│ marks \(Wording.readable($0, chart.decimals))" }
        ).lines(columns: columns)
    }

    private func drawing(_ bar: BarChart.Bar, _ drawing: TerminalChart.Drawing) -> String {
        var cells = [Character](repeating: " ", count: drawing.cells)
        if let value = bar.value, value > 0, let share = drawing.axis.share(of: value) {
            // The axis marks the middle of a cell, so a bar ends half a cell further than its share says.
            let eighths = max(1, Int(((share * Double(drawing.cells - 1) + 0.5) * 8).rounded()))
            for cell in 0..<min(eighths / 8, drawing.cells) { cells[cell] = "█" }
            if eighths / 8 < drawing.cells, eighths % 8 > 0 { cells[eighths / 8] = Self.eighths[eighths % 8] }
        }
        let bars = String(cells)
        guard let limit = chart.limit.flatMap(drawing.cell) else { return pen.toned(bars, bar.tone) }
        let before = String(cells[..<limit])
        let after = String(cells[(limit + 1)...])
        return pen.toned(before, bar.tone) + "│" + pen.toned(after, bar.tone)
    }
}
