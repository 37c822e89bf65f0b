/// Values with their intervals in a terminal: `├───●───┤`, and `│` where the reference lies.
struct TerminalIntervals {
    private let chart: IntervalChart
    private let pen: TerminalPen

    init(_ chart: IntervalChart, pen: TerminalPen) {
        self.chart = chart
        self.pen = pen
    }

    func lines(columns: Int?) -> [String] {
        let values = chart.rows.map { $0.value.map(number) ?? "—" }
        let lowers = chart.rows.map { $0.lower.map(number) ?? "" }
        let uppers = chart.rows.map { $0.upper.map(number) ?? "" }
        let widths = [values, lowers, uppers].map { $0.map(CellText.width).max() ?? 0 }
        let rows = chart.rows.indices.map { index in
            let row = chart.rows[index]
            let range = range(lowers[index], uppers[index], widths)
            let numbers = CellText.right(values[index], widths[0]) + (range.isEmpty ? "" : "  " + range)
            return TerminalChart.Row(
                label: row.label, numbers: numbers, note: row.note, drawing: { drawing in self.drawing(row, drawing) })
        }
        let reference = chart.reference
        let placed = chart.rows.flatMap { [$0.value, $0.lower, $0.upper] }.compactMap { $0 } + [reference].compactMap { $0 }
        return TerminalChart(
            caption: chart.caption, rows: rows, pen: pen, axis: { Axis(placed, ticksMax: $0) },
            legend: reference.map { "│ marks \(number($0))" }
        ).lines(columns: columns)
    }

    private func number(_ value: Double) -> String { Wording.readable(value, chart.decimals) }

    private func range(_ lower: String, _ upper: String, _ widths: [Int]) -> String {
        guard widths[1] + widths[2] > 0 else { return "" }
        guard !lower.isEmpty || !upper.isEmpty else { return CellText.blank(widths[1] + 1 + widths[2]) }
        return CellText.right(lower, widths[1]) + "…" + CellText.left(upper, widths[2])
    }

    private func drawing(_ row: IntervalChart.Row, _ drawing: TerminalChart.Drawing) -> String {
        var cells = [Character](repeating: " ", count: drawing.cells)
        let value = row.value.flatMap(drawing.cell)
        let lower = row.lower.flatMap(drawing.cell)
        let upper = row.upper.flatMap(drawing.cell)
        let isBounded = lower != nil || upper != nil
        if isBounded, let start = lower ?? upper.map({ _ in 0 }) {
            let end = upper ?? drawing.cells - 1
            for cell in start..<max(start, end) { cells[cell] = "─" }
            // An interval that is open on one side runs to the edge of the picture.
            cells[start] = lower == nil ? "◂" : "├"
            cells[max(start, end)] = upper == nil ? "▸" : start == end ? "│" : "┤"
        }
        if let reference = chart.reference.flatMap(drawing.cell) {
            cells[reference] = cells[reference] == " " ? "│" : cells[reference] == "─" ? "┼" : cells[reference]
        }
        if let value { cells[value] = row.tone == .bad ? (row.isHollow ? "◇" : "◆") : row.isHollow ? "○" : "●" }
        return pen.toned(String(cells), row.tone)
    }
}
