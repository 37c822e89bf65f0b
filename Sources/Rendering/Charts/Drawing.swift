/// Pieces all drawings share. Lengths are in CSS pixels at the drawing's natural size.
enum Drawing {
    static let width = 760.0
    static let textSize = 13.0
    /// Wider than most characters of a system font at `textSize`, so that nothing is clipped.
    private static let cellWidth = 8.0
    private static let smallCellWidth = 7.2

    /// An estimate: the browser's font is not known.
    static func width(_ text: String, isSmall: Bool = false) -> Double {
        Double(CellText.width(CellText.plain(text))) * (isSmall ? smallCellWidth : cellWidth)
    }

    /// As much of a text as fits; the whole of it stands in the table below the drawing.
    static func fitted(_ text: String, _ room: Double, isSmall: Bool = false) -> String {
        let plain = CellText.plain(text)
        guard width(plain, isSmall: isSmall) > room else { return plain }
        var short = ""
        for character in plain {
            guard width(short + String(character) + "…", isSmall: isSmall) <= room else { break }
            short.append(character)
        }
        return short + "…"
    }

    /// The drawing itself, with its name and a description in words for those who do not see it.
    static func svg(
        id: String, title: String, description: String, height: Double, @MarkupBuilder content: () -> Markup
    ) -> Markup {
        Tag.svg(
            Attribute("viewBox", "0 0 \(Attribute.tenths(width)) \(Attribute.tenths(height))"), .class("chart"), .role("img"),
            .labelledBy("\(id)-title \(id)-desc")
        ) {
            Tag.title(.id("\(id)-title")) { title }
            Tag.desc(.id("\(id)-desc")) { description }
            content()
        }
    }

    static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) -> Markup {
        Tag.line(Attribute("x1", x1), Attribute("y1", y1), Attribute("x2", x2), Attribute("y2", y2), .class(style))
    }

    /// Straight lines of one style as one path: `(x, y)` of the start and of the end of each.
    static func lines(_ lines: [(from: (Double, Double), to: (Double, Double))], _ style: String) -> Markup {
        func place(_ place: (Double, Double)) -> String { "\(Attribute.tenths(place.0)) \(Attribute.tenths(place.1))" }
        let path = lines.map { line in
            let start = "M" + place(line.from)
            if line.from.1 == line.to.1 { return start + "H" + Attribute.tenths(line.to.0) }
            if line.from.0 == line.to.0 { return start + "V" + Attribute.tenths(line.to.1) }
            return start + "L" + place(line.to)
        }
        return lines.isEmpty ? Markup() : Tag.path(Attribute("d", path.joined()), .class(style))
    }

    static func text(_ text: String, _ x: Double, _ y: Double, _ style: String) -> Markup {
        Tag.text(Attribute("x", x), Attribute("y", y), .class(style)) { text }
    }

    /// A mark whose shape says the tone as its colour does: a diamond is bad, a triangle calls for caution. What is not judged is
    /// hollow.
    static func mark(_ tone: Tone, _ x: Double, _ y: Double, isHollow: Bool = false) -> Markup {
        let style = (isHollow ? "dot " : "mark ") + tone.rawValue
        func path(_ corners: [(Double, Double)]) -> Markup {
            let places = corners.map { "\(Attribute.tenths(x + $0.0)) \(Attribute.tenths(y + $0.1))" }
            return Tag.path(Attribute("d", "M" + places.joined(separator: "L") + "Z"), .class(style))
        }
        switch tone {
        case .neutral, .good:
            return Tag.circle(Attribute("cx", x), Attribute("cy", y), Attribute("r", 4.5), .class(style))
        case .caution: return path([(0, -5.5), (5.5, 4.5), (-5.5, 4.5)])
        case .bad: return path([(0, -6), (6, 0), (0, 6), (-6, 0)])
        }
    }

    /// The first few of many descriptions, each a sentence.
    static func description(_ sentences: [String]) -> String {
        let shown = sentences.prefix(12).joined(separator: " ")
        return sentences.count > 12 ? shown + " And \(sentences.count - 12) more, all in the table below." : shown
    }
}

/// A numeric axis of a drawing, lying between two places of it.
struct PlacedAxis {
    let axis: Axis
    let start: Double
    let end: Double

    func place(of value: Double) -> Double? { axis.share(of: value).map(place(ofShare:)) }

    func place(ofShare share: Double) -> Double { start + share * (end - start) }

    /// The marks whose labels do not touch, with their places.
    func ticks(labelRoom: (String) -> Double) -> [(tick: Axis.Tick, place: Double)] {
        var chosen: [(tick: Axis.Tick, place: Double)] = []
        for tick in axis.ticks {
            guard let place = place(of: tick.value) else { continue }
            let isFree =
                chosen.last.map { last in
                    abs(place - last.place) >= (labelRoom(tick.label) + labelRoom(last.tick.label)) / 2
                } ?? true
            if isFree { chosen.append((tick, place)) }
        }
        return chosen
    }
}
