/// A timeline on a page.
struct TimelineDrawing {
    private static let labelWidthMax = 270.0
    private static let top = 8.0
    private static let arcHeight = 26.0
    private static let barHeight = 22.0
    private static let laneHeight = 74.0
    private static let axisHeight = 30.0

    private let chart: Timeline
    private let id: String

    init(_ chart: Timeline, id: String) {
        self.chart = chart
        self.id = id
    }

    var markup: Markup {
        let labelWidth = min(chart.lanes.map { Drawing.width($0.label) }.max() ?? 0, Self.labelWidthMax)
        let axis = TimeAxis(
            chart.lanes.flatMap(\.spans).flatMap { [$0.from, $0.until].compactMap { $0 } }, now: chart.now,
            start: labelWidth + 14, end: Drawing.width - 14)
        let bottom = Self.top + Self.laneHeight * Double(chart.lanes.count)
        let height = bottom + Self.axisHeight
        return Drawing.svg(
            id: id, title: chart.caption, description: Drawing.description(chart.lanes.map { words($0) }), height: height
        ) {
            let ticks = axis.ticks
            Drawing.lines(ticks.map { (($0.place, Self.top), ($0.place, bottom)) }, "grid")
            for tick in ticks { Drawing.text(tick.label, tick.place, bottom + 18, "middle soft") }
            Drawing.line(axis.start, bottom, axis.end, bottom, "axis")
            for (index, lane) in chart.lanes.enumerated() {
                let y = Self.top + Self.laneHeight * Double(index) + Self.arcHeight
                Drawing.text(Drawing.fitted(lane.label, labelWidth), labelWidth, y + Self.barHeight / 2 + 4.5, "end")
                self.lane(lane, axis, y)
            }
        }
    }

    /// The same stays, for those who want to read or copy them.
    var table: DataTable {
        DataTable(
            [.init("where", .left), .init("who", .left), .init("from", .left), .init("until", .left), .init("how", .left)],
            rows: chart.lanes.flatMap { lane in
                lane.spans.map { span in
                    [
                        Phrase(lane.label), Phrase(span.label, span.tone), Phrase(CivilTime(span.from).minute),
                        Phrase(span.until.map { CivilTime($0).minute } ?? "now"), Phrase(span.note),
                    ]
                }
            }, caption: chart.caption)
    }

    private func words(_ lane: Timeline.Lane) -> String {
        let stays = lane.spans.map { span in
            "\(span.label) from \(CivilTime(span.from).minute) until \(span.until.map { CivilTime($0).minute } ?? "now")"
        }
        return "\(lane.label): \(stays.isEmpty ? "nothing yet" : Wording.list(stays))."
    }

    @MarkupBuilder
    private func lane(_ lane: Timeline.Lane, _ axis: TimeAxis, _ y: Double) -> Markup {
        let places = lane.spans.map { (axis.place(of: $0.from), $0.until.map(axis.place) ?? axis.end) }
        let inside = zip(lane.spans, places).map { $0.1.1 - $0.1.0 >= Drawing.width($0.0.label) + 8 }
        let below = Self.free(zip(lane.spans, places).map { ($0.0.label, ($0.1.0 + $0.1.1) / 2) }, isPlaced: inside)
        for (index, span) in lane.spans.enumerated() {
            let (start, end) = places[index]
            Tag.group {
                Tag.title { "\(span.label), \(CivilTime(span.from).minute)…\(span.until.map { CivilTime($0).minute } ?? "now")" }
                Tag.rect(
                    Attribute("x", start), Attribute("y", y), Attribute("width", max(2, end - start - 1)),
                    Attribute("height", Self.barHeight),
                    .class("stay \(span.tone.rawValue)\(span.until == nil ? " goes-on" : "")"))
                if inside[index] {
                    Drawing.text(span.label, (start + end) / 2, y + Self.barHeight / 2 + 4.5, "middle")
                } else if below[index] {
                    Drawing.text(span.label, (start + end) / 2, y + Self.barHeight + 14, "middle small")
                }
            }
        }
        for index in lane.spans.indices {
            if let earlier = lane.returned(index) { arc(from: places[index].0, to: places[earlier].1, y) }
        }
    }

    /// From where somebody came back to where the stay before had ended.
    @MarkupBuilder
    private func arc(from start: Double, to end: Double, _ y: Double) -> Markup {
        let rise = y - Self.arcHeight + 4
        let middle = Attribute.tenths((start + end) / 2)
        let (x1, x2, foot) = (Attribute.tenths(start), Attribute.tenths(end), Attribute.tenths(y - 2))
        Tag.path(Attribute("d", "M\(x1) \(foot)Q\(middle) \(Attribute.tenths(rise - 8)) \(x2) \(foot)"), .class("return"))
        let tip = [(end, y - 1), (end - 1.5, y - 8), (end + 6, y - 5)].map {
            "\(Attribute.tenths($0.0)) \(Attribute.tenths($0.1))"
        }
        Tag.path(Attribute("d", "M" + tip.joined(separator: "L") + "Z"), .class("return-tip"))
    }

    /// Which labels find room below their bars, one after the other.
    private static func free(_ labels: [(text: String, middle: Double)], isPlaced: [Bool]) -> [Bool] {
        var last = -Double.infinity
        return zip(labels, isPlaced).map { label, isPlaced in
            let half = Drawing.width(label.text, isSmall: true) / 2 + 2
            guard !isPlaced, label.middle - half >= last else { return false }
            last = label.middle + half
            return true
        }
    }
}

extension Timeline {
    /// The drawing with its table; `id` is the page's own.
    package func markup(id: String) -> Markup {
        let drawing = TimelineDrawing(self, id: id)
        return Report.Block.figure(
            caption, drawing.markup, isEmpty: lanes.allSatisfy(\.spans.isEmpty), tables: [drawing.table])
    }
}
