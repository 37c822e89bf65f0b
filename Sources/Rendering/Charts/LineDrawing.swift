/// Curves on a page. They are told apart by dash and by the name at their end, not by colour alone.
struct LineDrawing {
    private static let height = 360.0
    private static let top = 34.0
    private static let bottom = 312.0
    private static let nameWidthMax = 170.0
    private static let nameHeight = 16.0
    /// Strokes are told apart up to this many.
    private static let strokesMax = 4
    /// A curve keeps four points of each of these many upright strips: none of its turns is lost that could be seen.
    private static let strips = 300
    private static let marksMax = 60
    private static let tableRowsMax = 41

    private let chart: LineChart
    private let id: String

    init(_ chart: LineChart, id: String) {
        self.chart = chart
        self.id = id
    }

    var markup: Markup {
        let plane = LinePlane(chart, xTicksMax: 8, yTicksMax: 6)
        let labels = plane.y.ticks.map { Drawing.width($0.label) }
        let names = chart.series.count > 1 ? chart.series.map { Drawing.width($0.label) }.max() ?? 0 : 0
        let x = PlacedAxis(
            axis: plane.x, start: (labels.max() ?? 0) + 14, end: Drawing.width - max(16, min(names, Self.nameWidthMax) + 12))
        let y = PlacedAxis(axis: plane.y, start: Self.bottom, end: Self.top)
        return Drawing.svg(
            id: id, title: chart.caption, description: Drawing.description(chart.series.map(words)), height: Self.height
        ) {
            grid(x, y)
            if let reference = chart.reference, let place = y.place(of: reference) {
                Drawing.line(x.start, place, x.end, place, "reference")
                Drawing.text(Self.number(reference, chart.yScale), x.end, place - 5, "end small")
            }
            Drawing.lines(plane.diagonal.map { (placed($0.0, x, y), placed($0.1, x, y)) }, "diagonal")
            for (index, runs) in plane.runs.enumerated() { curve(runs, index, x, y) }
            if chart.series.count > 1 { endNames(plane, x, y) }
        }
    }

    /// The same numbers; of a long curve some points at equal steps.
    var tables: [DataTable] {
        chart.series.map { series in
            let count = series.points.count
            let step = max(1, (count + Self.tableRowsMax - 2) / (Self.tableRowsMax - 1))
            let shown = series.points.indices.filter { $0.isMultiple(of: step) || $0 == count - 1 }
            let part = shown.count < count ? " (\(shown.count) of \(count) points)" : ""
            return DataTable(
                [.init(chart.xTitle), .init(chart.yTitle)],
                rows: shown.map { index in
                    let point = series.points[index]
                    return [Phrase(Self.number(point.x, chart.xScale)), Phrase(Self.number(point.y, chart.yScale))]
                }, caption: series.label + part)
        }
    }

    private func placed(_ place: LinePlane.Place, _ x: PlacedAxis, _ y: PlacedAxis) -> (Double, Double) {
        (x.place(ofShare: place.0), y.place(ofShare: place.1))
    }

    @MarkupBuilder
    private func grid(_ x: PlacedAxis, _ y: PlacedAxis) -> Markup {
        let across = x.ticks(labelRoom: { Drawing.width($0) + 12 })
        let up = y.ticks(labelRoom: { _ in 18 })
        Drawing.lines(
            across.map { (($0.place, Self.top), ($0.place, Self.bottom)) } + up.map { ((x.start, $0.place), (x.end, $0.place)) },
            "grid")
        for (tick, place) in up { Drawing.text(tick.label, x.start - 8, place + 4.5, "end soft") }
        for (tick, place) in across { Drawing.text(tick.label, place, Self.bottom + 18, "middle soft") }
        Drawing.line(x.start, Self.bottom, x.end, Self.bottom, "axis")
        Drawing.text(chart.yTitle, 0, 14, "soft")
        Drawing.text(chart.xTitle, x.end, Self.bottom + 40, "end soft")
    }

    private func curve(_ runs: [[LinePlane.Place]], _ index: Int, _ x: PlacedAxis, _ y: PlacedAxis) -> Markup {
        let series = chart.series[index]
        let stroke = style(index)
        let path = runs.map { run in
            let places = Self.thinned(run).map {
                "\(Attribute.tenths(x.place(ofShare: $0.0))) \(Attribute.tenths(y.place(ofShare: $0.1)))"
            }
            // A single point is drawn as a dot by its round cap.
            return "M" + (places.count == 1 ? places + places : places).joined(separator: "L")
        }
        let all = runs.joined()
        return Tag.group {
            Tag.title { words(series) }
            Tag.path(Attribute("d", path.joined()), .class("curve \(stroke)"))
            if series.isMarked, all.count <= Self.marksMax {
                for place in all {
                    Tag.circle(
                        Attribute("cx", x.place(ofShare: place.0)), Attribute("cy", y.place(ofShare: place.1)),
                        Attribute("r", 3), .class("dot \(stroke)"))
                }
            }
        }
    }

    private func style(_ index: Int) -> String {
        let series = chart.series[index]
        let colour = series.tone == .neutral ? "colour-\(index % Self.strokesMax + 1)" : series.tone.rawValue
        return "\(colour) stroke-\(index % Self.strokesMax + 1)"
    }

    /// Names at the ends of their curves, moved apart where they would touch.
    @MarkupBuilder
    private func endNames(_ plane: LinePlane, _ x: PlacedAxis, _ y: PlacedAxis) -> Markup {
        let ends = plane.runs.enumerated().compactMap { index, runs in
            runs.last?.last.map { (index: index, place: y.place(ofShare: $0.1)) }
        }.sorted { ($0.place, $0.index) < ($1.place, $1.index) }
        let places = LinePlane.apart(ends.map(\.place), by: Self.nameHeight, end: Self.bottom)
        for (end, place) in zip(ends, places) {
            Drawing.text(
                Drawing.fitted(chart.series[end.index].label, Self.nameWidthMax), x.end + 8, place + 4.5,
                "name \(style(end.index))")
        }
    }

    /// The first, lowest, highest and last point of each strip of equal width.
    static func thinned(_ run: [LinePlane.Place]) -> [LinePlane.Place] {
        guard run.count > strips * 4 else { return run }
        var kept: [LinePlane.Place] = []
        var start = 0
        while start < run.count {
            let strip = Int(run[start].0 * Double(strips))
            var end = start
            var low = start
            var high = start
            while end + 1 < run.count, Int(run[end + 1].0 * Double(strips)) == strip {
                end += 1
                if run[end].1 < run[low].1 { low = end }
                if run[end].1 > run[high].1 { high = end }
            }
            for index in Set([start, low, high, end]).sorted() { kept.append(run[index]) }
            start = end + 1
        }
        return kept
    }

    private func words(_ series: LineChart.Series) -> String {
        guard let first = series.points.first, let last = series.points.last else { return "\(series.label): no points." }
        func place(_ point: LineChart.Point) -> String {
            "\(Self.number(point.y, chart.yScale)) at \(Self.number(point.x, chart.xScale))"
        }
        return "\(series.label): \(Wording.count(series.points.count, "point")), from \(place(first)) to \(place(last))."
    }

    private static func number(_ value: Double, _ scale: AxisScale) -> String {
        switch scale {
        case .tail: return Wording.fixed(value * 100, value > 0.99 ? 2 : 1) + " %"
        case .linear, .logarithmic:
            let magnitude = abs(value)
            let isExtreme = magnitude >= 1e9 || (magnitude > 0 && magnitude < 1e-3)
            return isExtreme ? Wording.scientific(value, 4) : Wording.compact(value)
        }
    }
}
