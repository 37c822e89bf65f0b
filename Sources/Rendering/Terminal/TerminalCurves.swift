/// Curves in a terminal: a sketch in braille dots, two by four to a cell. The page has the exact drawing.
struct TerminalCurves {
    private static let rows = 8
    private static let drawingCellsMin = 16
    private static let drawingCellsMax = 60
    private static let pipeColumns = 80
    private static let labelCellsMax = 24

    private let chart: LineChart
    private let pen: TerminalPen

    init(_ chart: LineChart, pen: TerminalPen) {
        self.chart = chart
        self.pen = pen
    }

    func lines(columns: Int?) -> [String] {
        let caption = CellText.wrapped(CellText.plain(chart.caption), columns)
        let plane = LinePlane(chart, xTicksMax: 5, yTicksMax: 3)
        guard !plane.isEmpty else { return caption }
        let yLabels = plane.y.ticks.map(\.label)
        let margin = (yLabels.map(CellText.width).max() ?? 0) + 2
        let names = chart.series.map { CellText.plain($0.label) }
        let nameWidth = names.map(CellText.width).max() ?? 0
        let room = (columns ?? Self.pipeColumns) - margin
        // Names stand at the ends of their curves where there is room for them.
        let isNamedInside =
            chart.series.count <= Self.rows && nameWidth <= Self.labelCellsMax && room - nameWidth - 2 >= Self.drawingCellsMin * 2
        let cells = min(isNamedInside ? room - nameWidth - 2 : room, Self.drawingCellsMax)
        guard cells >= Self.drawingCellsMin else { return caption + [pen.dim("(the curve is on the page: --report)")] }
        var canvas = BrailleCanvas(cells: cells, rows: Self.rows)
        draw(plane, on: &canvas)
        let ends = isNamedInside ? endLabels(plane) : [:]
        var lines = caption
        for row in 0..<Self.rows {
            let tick = plane.y.ticks.first { self.row(of: plane.y.share(of: $0.value)) == row }
            let label = CellText.right(tick?.label ?? "", margin - 2)
            let edge = tick == nil ? "│" : "┤"
            let name = ends[row].map { "  " + pen.toned(names[$0], chart.series[$0].tone) } ?? ""
            lines.append(CellText.withoutTrailingBlanks(pen.dim("\(label) \(edge)") + canvas.line(row, pen: pen) + name))
        }
        let axis = AxisLine(TerminalChart.Drawing(axis: plane.x, cells: cells))
        lines.append(pen.dim(CellText.blank(margin - 1) + "└" + axis.marks))
        lines.append(pen.dim(CellText.blank(margin) + axis.labels))
        let titles = "across: \(CellText.plain(chart.xTitle)), up: \(CellText.plain(chart.yTitle))"
        let others = isNamedInside || names.count < 2 ? "" : "; curves: " + names.joined(separator: ", ")
        return lines + CellText.wrapped(titles + others, columns).map(pen.dim)
    }

    private func row(of share: Double?) -> Int? {
        share.map { min(Self.rows - 1, Int((1 - $0) * Double(Self.rows))) }
    }

    private func draw(_ plane: LinePlane, on canvas: inout BrailleCanvas) {
        if let reference = chart.reference.flatMap(plane.y.share) {
            canvas.dots(from: (0, reference), to: (1, reference), every: 3, tone: .neutral)
        }
        if chart.hasDiagonal {
            for (start, end) in plane.diagonal { canvas.dots(from: start, to: end, every: 3, tone: .neutral) }
        }
        for (series, runs) in zip(chart.series, plane.runs) {
            for run in runs {
                guard var last = run.first else { continue }
                canvas.dots(from: last, to: last, every: 1, tone: series.tone)
                for point in run.dropFirst() {
                    canvas.dots(from: last, to: point, every: 1, tone: series.tone)
                    last = point
                }
            }
        }
    }

    /// The row at which each name stands: where its curve ends, or as near as the order of the curves allows.
    private func endLabels(_ plane: LinePlane) -> [Int: Int] {
        guard chart.series.count > 1, chart.series.count <= Self.rows else { return [:] }
        let ends = plane.runs.enumerated().compactMap { index, runs in
            runs.last?.last.flatMap { last in row(of: last.1).map { (index: index, row: $0, height: last.1) } }
        }.sorted { ($0.row, -$0.height, $0.index) < ($1.row, -$1.height, $1.index) }
        let rows = LinePlane.apart(ends.map { Double($0.row) }, by: 1, end: Double(Self.rows - 1))
        return Dictionary(uniqueKeysWithValues: zip(rows, ends).map { (Int($0), $1.index) })
    }
}

/// A drawing in braille characters.
struct BrailleCanvas {
    private let cells: Int
    private let rows: Int
    private var patterns: [UInt32]
    private var tones: [Tone]

    init(cells: Int, rows: Int) {
        self.cells = cells
        self.rows = rows
        patterns = [UInt32](repeating: 0, count: cells * rows)
        tones = [Tone](repeating: .neutral, count: cells * rows)
    }

    /// A line between two places, each coordinate 0…1 and y upwards; only one dot of `every` is set.
    mutating func dots(from start: (Double, Double), to end: (Double, Double), every: Int, tone: Tone) {
        let width = Double(cells * 2 - 1)
        let height = Double(rows * 4 - 1)
        let steps = Int(max(abs(end.0 - start.0) * width, abs(end.1 - start.1) * height).rounded(.up))
        for step in stride(from: 0, through: steps, by: every) {
            let part = steps == 0 ? 0 : Double(step) / Double(steps)
            let x = Int(((start.0 + (end.0 - start.0) * part) * width).rounded())
            let y = Int(((1 - start.1 - (end.1 - start.1) * part) * height).rounded())
            set(x, y, tone)
        }
    }

    /// The bits of a braille character, a column of four dots each.
    private static let bits: [[UInt32]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]

    private mutating func set(_ x: Int, _ y: Int, _ tone: Tone) {
        guard (0..<cells * 2).contains(x), (0..<rows * 4).contains(y) else { return }
        let cell = y / 4 * cells + x / 2
        patterns[cell] |= Self.bits[x % 2][y % 4]
        tones[cell] = tone
    }

    func line(_ row: Int, pen: TerminalPen) -> String {
        var line = ""
        var run = ""
        var runTone = Tone.neutral
        for cell in row * cells..<(row + 1) * cells {
            if tones[cell] != runTone {
                line += pen.toned(run, runTone)
                (run, runTone) = ("", tones[cell])
            }
            run.unicodeScalars.append(
                patterns[cell] == 0 ? " " : Unicode.Scalar(0x2800 + patterns[cell]) ?? " ")
        }
        return line + pen.toned(run, runTone)
    }
}
