/// What interval and bar charts have in common on a page: a label with its note, a drawing and aligned numbers in each
/// row, the axis below, and the line that decides through all rows.
struct RowDrawing {
    struct Row {
        let label: String
        let note: String
        let value: String
        let range: String
        /// The row's marks around a height.
        let marks: (_ axis: PlacedAxis, _ y: Double) -> Markup

        /// `AUC ROC: 0.7512 (0.7031…0.7936), n = 162`.
        var words: String {
            "\(label): \(value)" + (range.isEmpty ? "" : " (\(range))") + (note.isEmpty ? "" : ", \(note)")
        }
    }

    private static let labelWidthMax = 270.0
    private static let gap = 14.0
    private static let top = 24.0
    private static let axisHeight = 30.0

    let id: String
    let caption: String
    let rows: [Row]
    let axis: Axis
    let reference: (value: Double, text: String)?

    var markup: Markup {
        let labels = rows.map { max(Drawing.width($0.label), Drawing.width($0.note, isSmall: true)) }
        let labelWidth = min(labels.max() ?? 0, Self.labelWidthMax)
        let valueWidth = rows.map { Drawing.width($0.value) }.max() ?? 0
        let rangeWidth = rows.map { Drawing.width($0.range) }.max() ?? 0
        let rangeEnd = Drawing.width
        let valueEnd = rangeEnd - (rangeWidth > 0 ? rangeWidth + Self.gap : 0)
        let placed = PlacedAxis(
            axis: axis, start: labelWidth + Self.gap + 6, end: max(labelWidth + 100, valueEnd - valueWidth - Self.gap - 6))
        let rowHeight = rows.contains { !$0.note.isEmpty } ? 40.0 : 28.0
        let bottom = Self.top + rowHeight * Double(rows.count)
        let height = bottom + Self.axisHeight
        return Drawing.svg(
            id: id, title: caption, description: Drawing.description(rows.map { $0.words + "." }), height: height
        ) {
            grid(placed, bottom: bottom)
            for (index, row) in rows.enumerated() {
                let middle = Self.top + rowHeight * (Double(index) + 0.5)
                let lift = row.note.isEmpty ? 4.5 : -1.5
                let label = Drawing.fitted(row.label, labelWidth)
                let note = Drawing.fitted(row.note, labelWidth, isSmall: true)
                Tag.group {
                    // What is cut short is there in full for those who point at it.
                    if label.hasSuffix("…") || note.hasSuffix("…") { Tag.title { row.words } }
                    Drawing.text(label, labelWidth, middle + lift, "end")
                    if !note.isEmpty { Drawing.text(note, labelWidth, middle + 13, "end small") }
                    row.marks(placed, middle)
                    Drawing.text(row.value, valueEnd, middle + 4.5, "end")
                    if !row.range.isEmpty { Drawing.text(row.range, rangeEnd, middle + 4.5, "end soft") }
                }
            }
            if let reference, let place = placed.place(of: reference.value) {
                Drawing.line(place, Self.top - 6, place, bottom, "reference")
                Drawing.text(reference.text, clamped(place, reference.text), Self.top - 10, "middle small")
            }
        }
    }

    @MarkupBuilder
    private func grid(_ placed: PlacedAxis, bottom: Double) -> Markup {
        let ticks = placed.ticks(labelRoom: { Drawing.width($0) + 10 })
        Drawing.lines(ticks.map { (($0.place, Self.top), ($0.place, bottom)) }, "grid")
        for (tick, place) in ticks {
            Drawing.text(tick.label, clamped(place, tick.label), bottom + 18, "middle soft")
        }
        Drawing.line(placed.start, bottom, placed.end, bottom, "axis")
    }

    /// Where the middle of a text may be without leaving the drawing.
    private func clamped(_ place: Double, _ text: String) -> Double {
        let half = Drawing.width(text) / 2
        return min(max(place, half), Drawing.width - half)
    }
}
