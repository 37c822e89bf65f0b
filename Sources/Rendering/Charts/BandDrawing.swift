/// A line inside its band.
struct BandDrawing {
    private static let pointsMax = 300
    private static let tableRowsMax = 41

    let chart: BandChart
    let id: String

    var markup: Markup {
        let shown = Self.thinned(chart.points, Self.pointsMax)
        let ends = shown.flatMap { [$0.lower, $0.upper] } + chart.lines.map(\.value)
        let frame = ChartFrame(
            x: Axis(shown.map(\.x), fromZero: true, ticksMax: 8), y: Axis(ends, ticksMax: 6), xTitle: chart.xTitle,
            yTitle: chart.yTitle)
        return Drawing.svg(id: id, title: chart.caption, description: words, height: ChartFrame.height) {
            frame.markup
            band(shown, frame)
            for line in chart.lines { frame.line(line, decimals: chart.decimals) }
            curve(shown, frame)
        }
    }

    /// The same numbers; of very many some at equal steps.
    var table: DataTable {
        let shown = Self.thinned(chart.points, Self.tableRowsMax)
        let part = shown.count < chart.points.count ? " (\(shown.count) of \(chart.points.count) points)" : ""
        return DataTable(
            [.init(chart.xTitle), .init("value"), .init("lower"), .init("upper")],
            rows: shown.map { point in
                [Phrase(Wording.compact(point.x))] + [point.value, point.lower, point.upper].map { Phrase(number($0)) }
            }, caption: chart.caption + part)
    }

    private func number(_ value: Double) -> String { Wording.readable(value, chart.decimals) }

    private func band(_ points: [BandChart.Point], _ frame: ChartFrame) -> Markup {
        let upper = points.compactMap { place($0.x, $0.upper, frame) }
        let lower = points.compactMap { place($0.x, $0.lower, frame) }
        guard points.count > 1, upper.count == lower.count else {
            // One point has an interval too.
            return upper.isEmpty || lower.isEmpty
                ? Markup() : Tag.path(Attribute("d", "M\(upper[0])L\(lower[0])"), .class("range colour-1"))
        }
        return Tag.path(Attribute("d", "M" + (upper + lower.reversed()).joined(separator: "L") + "Z"), .class("band colour-1"))
    }

    private func curve(_ points: [BandChart.Point], _ frame: ChartFrame) -> Markup {
        let places = points.compactMap { place($0.x, $0.value, frame) }
        guard !places.isEmpty else { return Markup() }
        if points.count == 1, let across = frame.x.place(of: points[0].x), let up = frame.y.place(of: points[0].value) {
            return Drawing.mark(.neutral, across, up)
        }
        return Tag.path(Attribute("d", "M" + places.joined(separator: "L")), .class("curve colour-1"))
    }

    private func place(_ x: Double, _ y: Double, _ frame: ChartFrame) -> String? {
        guard let across = frame.x.place(of: x), let up = frame.y.place(of: y) else { return nil }
        return ChartFrame.at(across, up)
    }

    private var words: String {
        guard let last = chart.points.last else { return "Nothing was measured." }
        let lines = chart.lines.map { "\($0.label): \(number($0.value))." }
        return Drawing.description(
            [
                "At the end, at \(Wording.compact(last.x)): \(number(last.value)), between \(number(last.lower)) and "
                    + "\(number(last.upper))."
            ] + lines)
    }

    /// Points at equal steps, the last one always among them.
    static func thinned<Point>(_ points: [Point], _ max: Int) -> [Point] {
        guard points.count > max else { return points }
        let step = (points.count + max - 2) / (max - 1)
        return points.indices.filter { $0.isMultiple(of: step) || $0 == points.count - 1 }.map { points[$0] }
    }
}
