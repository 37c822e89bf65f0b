/// Two axes with their marks and titles, around what a chart draws between them.
struct ChartFrame {
    static let height = 300.0
    static let top = 34.0
    static let bottom = 252.0

    let x: PlacedAxis
    let y: PlacedAxis
    let xTitle: String
    let yTitle: String
    /// Marks of the horizontal axis that are no plain numbers, such as times; nil: those of the axis.
    var xMarks: [(value: Double, label: String)]?

    /// `endRoom`: for names at the right.
    init(x: Axis, y: Axis, xTitle: String, yTitle: String, endRoom: Double = 16, top: Double = Self.top) {
        let labels = y.ticks.map { Drawing.width($0.label) }
        self.x = PlacedAxis(axis: x, start: (labels.max() ?? 0) + 14, end: Drawing.width - max(16, endRoom))
        self.y = PlacedAxis(axis: y, start: Self.bottom, end: top)
        self.xTitle = xTitle
        self.yTitle = yTitle
    }

    @MarkupBuilder
    var markup: Markup {
        let across =
            xMarks.map { marks in marks.compactMap { mark in x.place(of: mark.value).map { (mark.label, $0) } } }
            ?? x.ticks(labelRoom: { Drawing.width($0) + 12 }).map { ($0.tick.label, $0.place) }
        let up = y.ticks(labelRoom: { _ in 18 })
        Drawing.lines(
            across.map { (($0.1, y.end), ($0.1, y.start)) } + up.map { ((x.start, $0.place), (x.end, $0.place)) }, "grid")
        for (tick, place) in up { Drawing.text(tick.label, x.start - 8, place + 4.5, "end soft") }
        for (label, place) in across { Drawing.text(label, place, y.start + 18, "middle soft") }
        Drawing.line(x.start, y.start, x.end, y.start, "axis")
        Drawing.text(yTitle, 0, 14, "soft")
        Drawing.text(xTitle, x.end, y.start + 40, "end soft")
    }

    /// A line that decides, with its name and value at its right end.
    @MarkupBuilder
    func line(_ line: BandChart.Line, decimals: Int) -> Markup {
        if let place = y.place(of: line.value) {
            Drawing.line(x.start, place, x.end, place, "reference")
            Drawing.text("\(line.label) \(Wording.readable(line.value, decimals))", x.end, place - 5, "end small halo")
        }
    }

    /// A place as a path writes it.
    static func at(_ x: Double, _ y: Double) -> String { "\(Attribute.tenths(x)) \(Attribute.tenths(y))" }
}
