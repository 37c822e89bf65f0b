/// Points with their intervals around the diagonal, and under them a strip of how many rows each stands for. Nothing joins or
/// smooths the points: a bin knows nothing of its neighbours.
struct CalibrationDrawing {
    private static let start = 62.0
    private static let edge = 390.0
    private static let top = 30.0
    private static let stripGap = 30.0
    private static let stripHeight = 54.0
    private static let nameHeight = 62.0

    let chart: CalibrationChart
    let id: String

    private var stripTop: Double { Self.top + Self.edge + Self.stripGap }
    private var height: Double { stripTop + Self.stripHeight + 52 }

    var markup: Markup {
        let axis = Axis(between: 0, and: 1)
        let x = PlacedAxis(axis: axis, start: Self.start, end: Self.start + Self.edge)
        let y = PlacedAxis(axis: axis, start: Self.top + Self.edge, end: Self.top)
        return Drawing.svg(
            id: id, title: chart.caption, description: Drawing.description(chart.series.map(words)), height: height
        ) {
            grid(x, y)
            Drawing.line(x.start, y.start, x.end, y.end, "diagonal")
            // What counts lies on top.
            for index in chart.series.indices.reversed() { points(index, x, y) }
            strip(x)
            names(x)
        }
    }

    /// The same numbers, a table for each model.
    var tables: [DataTable] {
        chart.series.map { series in
            DataTable(
                [
                    .init("scores", .left), .init("mean score"), .init("happened"), .init("lower"), .init("upper"), .init("n"),
                ],
                rows: series.bins.map { bin in
                    [Phrase(Wording.range(bin.from, bin.until, decimals: 1))]
                        + [bin.predicted, bin.observed, bin.lower, bin.upper].map { Phrase(Wording.fixed($0, 4)) }
                        + [Phrase(Wording.grouped(bin.n))]
                }, caption: "\(series.label): expected calibration error \(Wording.fixed(series.error, 4))")
        }
    }

    @MarkupBuilder
    private func grid(_ x: PlacedAxis, _ y: PlacedAxis) -> Markup {
        let across = x.ticks(labelRoom: { Drawing.width($0) + 12 })
        let up = y.ticks(labelRoom: { _ in 18 })
        Drawing.lines(
            across.map { (($0.place, y.end), ($0.place, y.start)) } + up.map { ((x.start, $0.place), (x.end, $0.place)) }, "grid")
        for (tick, place) in up { Drawing.text(tick.label, x.start - 8, place + 4.5, "end soft") }
        for (tick, place) in across { Drawing.text(tick.label, place, stripTop + Self.stripHeight + 18, "middle soft") }
        Drawing.text("share that happened", 0, 14, "soft")
        Drawing.text("mean score", x.end, stripTop + Self.stripHeight + 40, "end soft")
    }

    private func points(_ index: Int, _ x: PlacedAxis, _ y: PlacedAxis) -> Markup {
        let placed = chart.series[index].bins.compactMap { bin -> (x: Double, y: Double, low: Double, high: Double)? in
            guard let across = x.place(of: bin.predicted), let up = y.place(of: bin.observed),
                let low = y.place(of: bin.lower), let high = y.place(of: bin.upper)
            else { return nil }
            return (across, up, low, high)
        }
        return Tag.group {
            Tag.title { words(chart.series[index]) }
            Drawing.lines(placed.map { (($0.x, $0.low), ($0.x, $0.high)) }, "range \(Self.colour(index))")
            for point in placed { Self.mark(index, point.x, point.y) }
        }
    }

    /// Told apart by shape as well: a full circle, and an open diamond for what it is laid beside.
    @MarkupBuilder
    private static func mark(_ index: Int, _ x: Double, _ y: Double) -> Markup {
        if index == 0 {
            Tag.circle(Attribute("cx", x), Attribute("cy", y), Attribute("r", 4.5), .class("mark \(colour(index))"))
        } else {
            Tag.path(
                Attribute("d", "M\(ChartFrame.at(x, y - 6))l6 6l-6 6l-6-6z"), .class("dot \(colour(index))"))
        }
    }

    private static func colour(_ index: Int) -> String { "colour-\(index + 1)" }

    /// How many rows stand behind each point.
    @MarkupBuilder
    private func strip(_ x: PlacedAxis) -> Markup {
        let most = chart.series.flatMap(\.bins).map(\.n).max() ?? 0
        let foot = stripTop + Self.stripHeight
        for (index, series) in chart.series.enumerated() {
            let bars = series.bins.compactMap { bin -> String? in
                guard most > 0, let left = x.place(of: bin.from), let right = x.place(of: bin.until) else { return nil }
                let width = (right - left - 4) / Double(chart.series.count)
                let height = max(1, Self.stripHeight * Double(bin.n) / Double(most))
                let begin = left + 2 + width * Double(index)
                return
                    "M\(ChartFrame.at(begin, foot))v-\(Attribute.tenths(height))h\(Attribute.tenths(width))V\(Attribute.tenths(foot))z"
            }
            if !bars.isEmpty { Tag.path(Attribute("d", bars.joined()), .class("bar \(Self.colour(index))")) }
        }
        Drawing.line(x.start, foot, x.end, foot, "axis")
        Drawing.text("rows: the highest bar is \(Wording.grouped(most))", x.end + 24, foot - 4, "small")
    }

    /// At the right, each with its mark and its error.
    @MarkupBuilder
    private func names(_ x: PlacedAxis) -> Markup {
        for (index, series) in chart.series.enumerated() {
            let y = Self.top + 24 + Double(index) * Self.nameHeight
            Self.mark(index, x.end + 30, y - 4.5)
            Drawing.text(
                Drawing.fitted(series.label, Drawing.width - x.end - 44), x.end + 44, y, "name \(Self.colour(index))")
            Drawing.text("expected calibration error \(Wording.fixed(series.error, 4))", x.end + 44, y + 17, "small")
        }
        Drawing.text("On the dotted line what is", x.end + 24, Self.top + 40 + 2 * Self.nameHeight, "small")
        Drawing.text("predicted happens as often.", x.end + 24, Self.top + 55 + 2 * Self.nameHeight, "small")
    }

    private func words(_ series: CalibrationChart.Series) -> String {
        let rows = series.bins.reduce(0) { $0 + $1.n }
        let worst = series.bins.max { abs($0.predicted - $0.observed) < abs($1.predicted - $1.observed) }
        let farthest = worst.map { bin in
            " Farthest from the diagonal: a mean score of \(Wording.fixed(bin.predicted, 3)) happened in "
                + "\(Wording.percent(bin.observed)) of \(Wording.count(bin.n, "row"))."
        }
        return "\(series.label): expected calibration error \(Wording.fixed(series.error, 4)) over \(Wording.count(rows, "row"))."
            + (farthest ?? "")
    }
}
