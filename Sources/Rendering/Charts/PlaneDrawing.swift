import Glibc

/// Squares or points between two axes of one range, so that equal numbers lie on the diagonal.
struct PlaneDrawing {
    private static let height = 470.0
    private static let edge = 390.0
    private static let start = 62.0
    private static let top = 30.0
    private static let levels = 5
    private static let tableRowsMax = 40

    let chart: PlaneChart
    let id: String

    var markup: Markup {
        let axis = Axis(between: chart.lower, and: chart.upper)
        let x = PlacedAxis(axis: axis, start: Self.start, end: Self.start + Self.edge)
        let y = PlacedAxis(axis: axis, start: Self.top + Self.edge, end: Self.top)
        return Drawing.svg(id: id, title: chart.caption, description: words, height: Self.height) {
            grid(x, y)
            if chart.points.isEmpty { squares(x, y) } else { scatter(x, y) }
            Drawing.line(x.start, y.start, x.end, y.end, "diagonal")
            if let threshold = chart.threshold, let across = x.place(of: threshold), let up = y.place(of: threshold) {
                Drawing.line(across, y.end, across, y.start, "reference")
                Drawing.line(x.start, up, x.end, up, "reference")
                Drawing.text("yes from \(Self.short(threshold))", across, Self.top - 8, "middle small")
            }
            shares(x, y)
            legend(x)
        }
    }

    /// How the decisions fall, and the fullest squares.
    var tables: [DataTable] {
        var tables = [
            DataTable(
                [.init("", .left), .init("rows"), .init("share")],
                rows: chart.quadrants.map {
                    [Phrase($0.label), Phrase(Wording.grouped($0.rows)), Phrase(Wording.percent($0.share))]
                },
                caption: "Decisions")
        ]
        let filled = chart.counts.indices.filter { chart.counts[$0] > 0 }
        let fullest = filled.sorted { (-chart.counts[$0], $0) < (-chart.counts[$1], $1) }.prefix(Self.tableRowsMax)
        guard !fullest.isEmpty else { return tables }
        let part = fullest.count < filled.count ? " (the \(fullest.count) fullest of \(filled.count))" : ""
        tables.append(
            DataTable(
                [.init(chart.xTitle), .init(chart.yTitle), .init("rows")],
                rows: fullest.map { square in
                    [
                        Phrase(range(square % chart.side)), Phrase(range(square / chart.side)),
                        Phrase(Wording.grouped(chart.counts[square])),
                    ]
                }, caption: "Squares" + part))
        return tables
    }

    private var size: Double { (chart.upper - chart.lower) / Double(chart.side) }

    private func range(_ place: Int) -> String {
        let from = chart.lower + Double(place) * size
        return Wording.range(from, from + size, decimals: 2)
    }

    @MarkupBuilder
    private func grid(_ x: PlacedAxis, _ y: PlacedAxis) -> Markup {
        let across = x.ticks(labelRoom: { Drawing.width($0) + 12 })
        Drawing.lines(
            across.map { (($0.place, y.end), ($0.place, y.start)) }
                + y.ticks(labelRoom: { _ in 18 }).map { ((x.start, $0.place), (x.end, $0.place)) }, "grid")
        for (tick, place) in across { Drawing.text(tick.label, place, y.start + 18, "middle soft") }
        for (tick, place) in y.ticks(labelRoom: { _ in 18 }) { Drawing.text(tick.label, x.start - 8, place + 4.5, "end soft") }
        Drawing.text(chart.yTitle, 0, 14, "soft")
        Drawing.text(chart.xTitle, x.end, y.start + 40, "end soft")
    }

    /// One path for each strength of colour.
    @MarkupBuilder
    private func squares(_ x: PlacedAxis, _ y: PlacedAxis) -> Markup {
        let most = chart.counts.max() ?? 0
        let width = Self.edge / Double(chart.side)
        for level in 1...Self.levels {
            let path = chart.counts.indices.filter { Self.level(chart.counts[$0], of: most) == level }.map { square in
                let left = x.start + Double(square % chart.side) * width
                let upper = y.start - Double(square / chart.side + 1) * width
                let edge = Attribute.tenths(width)
                return "M\(ChartFrame.at(left, upper))h\(edge)v\(edge)h-\(edge)z"
            }
            if !path.isEmpty { Tag.path(Attribute("d", path.joined()), .class("cell level-\(level) colour-1")) }
        }
    }

    /// 0 for none, 1…5 by the square root of the count: the fullest square alone would else be seen.
    static func level(_ count: Int, of most: Int) -> Int {
        guard count > 0, most > 0 else { return 0 }
        return max(1, min(levels, Int(((Double(count) / Double(most)).squareRoot() * Double(levels)).rounded(.up))))
    }

    private func scatter(_ x: PlacedAxis, _ y: PlacedAxis) -> Markup {
        let path = chart.points.compactMap { point -> String? in
            guard let across = x.place(of: point.x), let up = y.place(of: point.y) else { return nil }
            return "M\(ChartFrame.at(across, up))h0"
        }
        return Tag.path(Attribute("d", path.joined()), .class("points colour-1"))
    }

    /// Each quadrant's share in its outer corner.
    @MarkupBuilder
    private func shares(_ x: PlacedAxis, _ y: PlacedAxis) -> Markup {
        for (index, quadrant) in chart.quadrants.prefix(4).enumerated() {
            let isRight = index % 2 == 1
            Drawing.text(
                Wording.percent(quadrant.share), isRight ? x.end - 6 : x.start + 6, index < 2 ? y.end + 18 : y.start - 8,
                isRight ? "end halo strong" : "halo strong")
        }
    }

    /// Up to four decimals, without zeros at the end.
    private static func short(_ value: Double) -> String {
        var digits = Substring(Wording.fixed(value, 4))
        while digits.contains("."), digits.last == "0" || digits.last == "." {
            let isPoint = digits.removeLast() == "."
            if isPoint { break }
        }
        return String(digits)
    }

    /// The four quadrants at the right, in their places, each with its share.
    @MarkupBuilder
    private func legend(_ x: PlacedAxis) -> Markup {
        for (index, quadrant) in chart.quadrants.enumerated() {
            let y = Self.top + 30 + Double(index) * 56
            let isFlip = index == 0 || index == 3
            Drawing.text(Wording.percent(quadrant.share), x.end + 24, y, isFlip ? "strong" : "")
            Drawing.text(quadrant.label, x.end + 24, y + 17, "small")
        }
    }

    private var words: String {
        let all = chart.quadrants.map { "\($0.label): \(Wording.grouped($0.rows)) rows, \(Wording.percent($0.share))." }
        return Drawing.description(["\(chart.yTitle) against \(chart.xTitle)."] + all)
    }
}
