/// What interval and bar charts have in common in a terminal: a label, aligned numbers, a drawing and a note in each row,
/// and an axis below. In a narrow window notes move below their rows, then labels above them; last the drawing goes.
struct TerminalChart {
    struct Row {
        let label: String
        /// Of equal width in all rows.
        let numbers: String
        let note: String
        /// One character per cell of the drawing.
        let drawing: (Drawing) -> String
    }

    /// The cells a drawing has and where a value falls among them.
    struct Drawing {
        let axis: Axis
        let cells: Int

        func cell(of value: Double) -> Int? {
            axis.share(of: value).map { Int(($0 * Double(cells - 1)).rounded()) }
        }
    }

    private static let pipeColumns = 100
    private static let gap = 2
    private static let drawingCells = 24...48
    /// Below this a drawing says nothing.
    private static let drawingCellsMin = 10
    private static let cellsPerTick = 10

    let caption: String
    let rows: [Row]
    let pen: TerminalPen
    /// For a number of cells, which limit the marks.
    let axis: (_ ticksMax: Int) -> Axis
    /// What the line through the rows means.
    let legend: String?

    private struct Layout {
        var label: Int
        let numbers: Int
        var note: Int
        var drawing: Int
        var isLabelAbove = false
    }

    func lines(columns: Int?) -> [String] {
        let head = CellText.wrapped(CellText.plain(caption), columns)
        guard !rows.isEmpty else { return head }
        let layout = layout(columns)
        var lines = head
        let drawing = Drawing(axis: axis(max(2, layout.drawing / Self.cellsPerTick)), cells: layout.drawing)
        for row in rows { lines += self.lines(row, layout, drawing, columns) }
        if layout.drawing > 0 { lines += axisLines(drawing, indent: indent(layout)) }
        if let legend { lines += CellText.wrapped(legend, columns).map(pen.dim) }
        return lines
    }

    private func layout(_ columns: Int?) -> Layout {
        let room = columns ?? Self.pipeColumns
        let label = rows.map { CellText.width(CellText.plain($0.label)) }.max() ?? 0
        let numbers = rows.map { CellText.width($0.numbers) }.max() ?? 0
        let note = rows.map { CellText.width(CellText.plain($0.note)) }.max() ?? 0
        var layout = Layout(
            label: columns == nil ? label : min(label, max(12, room * 2 / 5)), numbers: numbers, note: note, drawing: 0)
        layout.drawing = rest(of: room, layout)
        if layout.drawing < Self.drawingCells.lowerBound, note > 0 {
            layout.note = 0
            layout.drawing = rest(of: room, layout)
        }
        if layout.drawing < Self.drawingCellsMin {
            layout.label = 0
            layout.isLabelAbove = true
            layout.drawing = rest(of: room, layout)
        }
        layout.drawing = min(layout.drawing, Self.drawingCells.upperBound)
        if layout.drawing < Self.drawingCellsMin { layout.drawing = 0 }
        return layout
    }

    private func rest(of room: Int, _ layout: Layout) -> Int {
        room - indent(layout) - (layout.note > 0 ? layout.note + Self.gap : 0)
    }

    /// Where the drawing begins.
    private func indent(_ layout: Layout) -> Int {
        let label = layout.isLabelAbove ? Self.gap : layout.label + Self.gap
        return label + layout.numbers + (layout.numbers > 0 ? Self.gap : 0)
    }

    private func lines(_ row: Row, _ layout: Layout, _ drawing: Drawing, _ columns: Int?) -> [String] {
        let label = CellText.plain(row.label)
        let note = CellText.plain(row.note)
        let labelLines =
            layout.isLabelAbove
            ? CellText.wrapped(label, columns) + [""] : CellText.wrapped(label, columns == nil ? nil : layout.label)
        var lines = Array(labelLines.dropLast(layout.isLabelAbove ? 1 : labelLines.count))
        let width = layout.isLabelAbove ? Self.gap : layout.label + Self.gap
        for (index, part) in (layout.isLabelAbove ? [""] : labelLines).enumerated() {
            var line = CellText.left(part, width)
            if index == 0 {
                line += CellText.left(row.numbers, layout.numbers)
                if layout.drawing > 0 { line += CellText.blank(Self.gap) + row.drawing(drawing) }
                if layout.note > 0, !note.isEmpty { line += CellText.blank(Self.gap) + pen.dim(note) }
            }
            lines.append(CellText.withoutTrailingBlanks(line))
        }
        if layout.note == 0, !note.isEmpty {
            lines += CellText.wrapped(note, columns.map { $0 - width }).map { CellText.blank(width) + pen.dim($0) }
        }
        return lines
    }

    private func axisLines(_ drawing: Drawing, indent: Int) -> [String] {
        let line = AxisLine(drawing)
        return [line.marks, line.labels].map {
            CellText.blank(indent) + pen.dim(CellText.withoutTrailingBlanks($0))
        }
    }
}

/// The marks of an axis and the numbers below them, as many as do not touch.
struct AxisLine {
    private(set) var marks: String
    private(set) var labels: String

    init(_ drawing: TerminalChart.Drawing) {
        var marks = [Character](repeating: "─", count: drawing.cells)
        var labels = ""
        for tick in drawing.axis.ticks {
            guard let cell = drawing.cell(of: tick.value) else { continue }
            let width = CellText.width(tick.label)
            let start = max(0, min(cell - width / 2, drawing.cells - width))
            let used = CellText.width(labels)
            guard width <= drawing.cells, used == 0 || start > used else { continue }
            labels += CellText.blank(start - used) + tick.label
            marks[cell] = "┬"
        }
        self.marks = String(marks)
        self.labels = labels
    }
}
