/// Stays in a terminal: `├ v1 ────┤├ v2 ┤├ ↩ v1 ──▶`, where `↩` marks who came back and `▶` what goes on.
struct TerminalTimeline {
    private static let pipeColumns = 100
    private static let drawingCellsMax = 96
    /// Below this a drawing says nothing.
    private static let drawingCellsMin = 16
    private static let gap = 2
    /// What a character takes on the page, whose axis chooses the marks.
    private static let pixelsPerCell = 8.0

    private let chart: Timeline
    private let pen: TerminalPen

    init(_ chart: Timeline, pen: TerminalPen) {
        self.chart = chart
        self.pen = pen
    }

    /// Nothing where there is no stay, or no room for a drawing.
    func lines(columns: Int?) -> [String] {
        let lanes = chart.lanes.filter { !$0.spans.isEmpty }
        let label = lanes.map { CellText.width(CellText.plain($0.label)) }.max() ?? 0
        let cells = min(Self.drawingCellsMax, (columns ?? Self.pipeColumns) - label - Self.gap)
        guard !lanes.isEmpty, cells >= Self.drawingCellsMin else { return [] }
        let axis = TimeAxis(
            lanes.flatMap(\.spans).flatMap { [$0.from, $0.until].compactMap { $0 } }, now: chart.now, start: 0,
            end: Double(cells) * Self.pixelsPerCell)
        let indent = label + Self.gap
        return lanes.map { lane in CellText.left(CellText.plain(lane.label), indent) + drawing(lane, axis, cells) }
            + [CellText.blank(indent) + pen.dim(marks(axis, cells))]
    }

    private func cell(of time: Int64, _ axis: TimeAxis, _ cells: Int) -> Int {
        min(cells - 1, max(0, Int(axis.place(of: time) / Self.pixelsPerCell)))
    }

    private func drawing(_ lane: Timeline.Lane, _ axis: TimeAxis, _ cells: Int) -> String {
        var text = ""
        var used = 0
        // Every stay gets a cell; where there are more of them than cells, the newest ones.
        for index in lane.spans.indices.suffix(cells) {
            let span = lane.spans[index]
            let after = lane.spans.count - 1 - index
            let last = cells - 1 - after
            let start = min(max(used, cell(of: span.from, axis, cells)), last)
            // The next stay begins in the cell behind this one's end.
            let end = span.until.map { max(start, min(last, cell(of: $0, axis, cells) - min(after, 1))) } ?? last
            text += CellText.blank(start - used)
            text += pen.toned(bar(span, isBack: lane.returned(index) != nil, cells: end - start + 1), span.tone)
            used = end + 1
        }
        return text
    }

    /// A stay in so many cells, with its name where that fits.
    private func bar(_ span: Timeline.Span, isBack: Bool, cells: Int) -> String {
        let end = span.until == nil ? "▶" : "┤"
        guard cells > 1 else { return span.until == nil ? end : "│" }
        let name = (isBack ? "↩ " : "") + CellText.plain(span.label)
        let room = cells - 2
        let inside = CellText.width(name) + 2 <= room ? " \(name) " : CellText.width(name) <= room ? name : ""
        return "├" + inside + String(repeating: "─", count: room - CellText.width(inside)) + end
    }

    /// The marks of the axis that do not touch.
    private func marks(_ axis: TimeAxis, _ cells: Int) -> String {
        var line = ""
        for tick in axis.ticks {
            let width = CellText.width(tick.label)
            let start = min(cells - width, max(0, Int(tick.place / Self.pixelsPerCell) - width / 2))
            let used = CellText.width(line)
            if used == 0 ? start >= 0 : start > used { line += CellText.blank(start - used) + tick.label }
        }
        return line
    }
}

extension TerminalReport {
    /// A timeline without its table; nothing where there is none, or no room.
    package func lines(_ timeline: Timeline) -> [String] { TerminalTimeline(timeline, pen: pen).lines(columns: columns) }
}
