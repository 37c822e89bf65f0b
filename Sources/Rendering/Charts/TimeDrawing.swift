/// Steps over time: a value holds until the next one, and a gap is a gap.
struct TimeDrawing {
    private static let top = 60.0
    private static let nameWidthMax = 150.0
    private static let tableRowsMax = 25
    private static let coloursMax = 4
    /// Names of markers stand in two rows; what fits in neither is in the description and the table.
    private static let markerRows = [28.0, 44.0]

    let chart: TimeChart
    let id: String

    var markup: Markup {
        let values = chart.series.flatMap(\.values).compactMap { $0 } + [chart.limit?.value].compactMap { $0 }
        let names = chart.series.count > 1 ? chart.series.map { Drawing.width($0.label) }.max() ?? 0 : 0
        var frame = ChartFrame(
            x: Axis(between: Double(chart.fromMilliseconds), and: Double(chart.untilMilliseconds)),
            y: Axis(values, fromZero: true, ticksMax: 5), xTitle: "time, UTC", yTitle: chart.yTitle,
            endRoom: min(names, Self.nameWidthMax) + 12, top: Self.top)
        frame.xMarks = ClockMarks.between(chart.fromMilliseconds, chart.untilMilliseconds).map { (Double($0.at), $0.label) }
        return Drawing.svg(
            id: id, title: chart.caption,
            description: Drawing.description(
                chart.series.map(words) + chart.markers.map { "\(clock($0.atMilliseconds)): \($0.label)." }),
            height: ChartFrame.height
        ) {
            frame.markup
            markers(frame)
            if let limit = chart.limit { frame.line(limit, decimals: chart.decimals) }
            for (index, series) in chart.series.enumerated() { curve(series, index, frame) }
            if chart.series.count > 1 { endNames(frame) }
        }
    }

    /// One row per span, a column per series; of very many spans some at equal steps.
    var tables: [DataTable] {
        let shown = BandDrawing.thinned(Array(0..<chart.spans), Self.tableRowsMax)
        let part = shown.count < chart.spans ? " (\(shown.count) of \(chart.spans))" : ""
        let values = DataTable(
            [.init("from", .left)] + chart.series.map { .init($0.label) },
            rows: shown.map { span in
                [Phrase(clock(chart.fromMilliseconds + Int64(span) * chart.spanMilliseconds))]
                    + chart.series.map { series in
                        Phrase(span < series.values.count ? series.values[span].map(number) ?? "—" : "—")
                    }
            }, caption: chart.caption + part)
        guard !chart.markers.isEmpty else { return [values] }
        return [
            values,
            DataTable(
                [.init("at", .left), .init("what", .left)],
                rows: chart.markers.map { [Phrase(clock($0.atMilliseconds)), Phrase($0.label)] }, caption: "Marks"),
        ]
    }

    private func number(_ value: Double) -> String { Wording.readable(value, chart.decimals) }
    private func clock(_ milliseconds: Int64) -> String { ClockMarks.words(milliseconds) }

    @MarkupBuilder
    private func markers(_ frame: ChartFrame) -> Markup {
        let placed = chart.markers.compactMap { marker in
            frame.x.place(of: Double(marker.atMilliseconds)).map { (marker: marker, place: $0) }
        }.filter { (chart.fromMilliseconds...chart.untilMilliseconds).contains($0.marker.atMilliseconds) }
        Drawing.lines(placed.map { (($0.place, frame.y.end), ($0.place, frame.y.start)) }, "marker")
        for (place, row, label) in Self.named(placed.map { ($0.place, $0.marker.label) }, end: Drawing.width) {
            Drawing.text(label, place, Self.markerRows[row], "small")
        }
    }

    /// Which names have room, from left to right: the place where each begins, and its row.
    static func named(_ marks: [(place: Double, label: String)], end: Double) -> [(place: Double, row: Int, label: String)] {
        var free = markerRows.map { _ in -Double.infinity }
        return marks.compactMap { mark in
            let width = Drawing.width(mark.label, isSmall: true)
            let place = min(mark.place, end - width)
            guard let row = free.indices.first(where: { free[$0] <= place }) else { return nil }
            free[row] = place + width + 10
            return (place, row, mark.label)
        }
    }

    private func curve(_ series: TimeChart.Series, _ index: Int, _ frame: ChartFrame) -> Markup {
        var path = ""
        var isOpen = false
        for (span, value) in series.values.enumerated() {
            let start = Double(chart.fromMilliseconds + Int64(span) * chart.spanMilliseconds)
            guard let value, let up = frame.y.place(of: value), let from = frame.x.place(of: start),
                let until = frame.x.place(of: start + Double(chart.spanMilliseconds))
            else {
                isOpen = false
                continue
            }
            path += isOpen ? "V" + Attribute.tenths(up) : "M" + ChartFrame.at(from, up)
            path += "H" + Attribute.tenths(until)
            isOpen = true
        }
        guard !path.isEmpty else { return Markup() }
        return Tag.group {
            Tag.title { words(series) }
            Tag.path(Attribute("d", path), .class("curve \(style(index))"))
        }
    }

    private func style(_ index: Int) -> String { "colour-\(index % Self.coloursMax + 1) stroke-\(index % Self.coloursMax + 1)" }

    @MarkupBuilder
    private func endNames(_ frame: ChartFrame) -> Markup {
        let ends = chart.series.enumerated().compactMap { index, series -> (index: Int, place: Double)? in
            series.values.last { $0 != nil }.flatMap { $0 }.flatMap { frame.y.place(of: $0) }.map { (index, $0) }
        }.sorted { ($0.place, $0.index) < ($1.place, $1.index) }
        for (end, place) in zip(ends, LinePlane.apart(ends.map(\.place), by: 16, end: ChartFrame.bottom)) {
            Drawing.text(
                Drawing.fitted(chart.series[end.index].label, Self.nameWidthMax), frame.x.end + 8, place + 4.5,
                "name \(style(end.index))")
        }
    }

    private func words(_ series: TimeChart.Series) -> String {
        let known = series.values.compactMap { $0 }
        guard let low = known.min(), let high = known.max(), let last = known.last else {
            return "\(series.label): not measured."
        }
        return "\(series.label): from \(number(low)) to \(number(high)), last \(number(last)), "
            + "measured in \(known.count) of \(Wording.count(series.values.count, "span"))."
    }
}

/// Round moments along a time axis, in UTC.
enum ClockMarks {
    private static let minute: Int64 = 60_000
    private static let hour: Int64 = 60 * minute
    private static let day: Int64 = 24 * hour
    private static let steps =
        [1, 2, 5, 10, 15, 30].map { $0 * minute } + [1, 2, 3, 6, 12].map { $0 * hour }
        + [1, 2, 5, 10, 20, 50, 100].map { $0 * day }
    private static let marksMax: Int64 = 9

    static func between(_ from: Int64, _ until: Int64) -> [(at: Int64, label: String)] {
        guard until > from, let step = steps.first(where: { (until - from) / $0 < marksMax }) else { return [] }
        let first = (from + step - 1) / step * step
        return stride(from: first, through: until, by: Int64.Stride(step)).map { at in
            (at, step >= day ? String(words(at).prefix(10).suffix(5)) : String(words(at).suffix(5)))
        }
    }

    /// `2026-01-15 09:00`, in UTC; days after "chrono-Compatible Low-Level Date Algorithms" (Hinnant, 2013).
    static func words(_ milliseconds: Int64) -> String {
        let days = milliseconds >= 0 ? milliseconds / day : (milliseconds - day + 1) / day
        let minutes = (milliseconds - days * day) / minute
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let month = (5 * ofYear + 2) / 153
        let date = [month < 10 ? month + 3 : month - 9, ofYear - (153 * month + 2) / 5 + 1].map(padded).joined(separator: "-")
        let clock = [minutes / 60, minutes % 60].map(padded).joined(separator: ":")
        return "\(year + era * 400 + (month < 10 ? 0 : 1))-\(date) \(clock)"
    }

    private static func padded(_ number: Int64) -> String { (number < 10 ? "0" : "") + "\(number)" }
}
