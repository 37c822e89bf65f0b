/// A walk along a score order in which every row counts as often as it was drawn; weights take no part.
struct RankWalk: Sendable {
    /// As in `RowOrder`.
    let marks: [UInt8]
    /// Where the draws of the row at each place are found; nil: at the place itself, which spares a look-up.
    let index: [UInt32]?

    /// The draws of every row are at its number.
    init(byRow order: RowOrder) {
        marks = order.marks
        index = order.rows
    }

    /// The draws of every row are at its place in the same order. Rows are exchangeable, so a resample may as well be drawn
    /// from the places.
    init(byPlace order: RowOrder) {
        marks = order.marks
        index = nil
    }

    /// The draws of every row are at its place in another model's order of the same rows.
    init(_ order: RowOrder, byPlaceIn other: RowOrder) {
        marks = order.marks
        var places = [UInt32](repeating: 0, count: other.rows.count)
        for (place, row) in other.rows.enumerated() { places[Int(row)] = UInt32(truncatingIfNeeded: place) }
        index = order.rows.map { places[Int($0)] }
    }

    /// Rows of each class, as often as drawn.
    struct Counts {
        var positives: UInt64 = 0
        var negatives: UInt64 = 0
    }

    // Each is nil unless both classes were drawn; definitions are those of `BinaryScores`; `all` are the `counts` of what was
    // drawn, the same for every order of the rows.

    func auc(drawn: [UInt8], of all: Counts) -> Double? {
        guard all.positives > 0, all.negatives > 0 else { return nil }
        var below = Counts()
        var doubledWins: UInt64 = 0
        forEachTie(drawn) { tied in
            doubledWins &+= tied.positives &* (2 &* below.negatives &+ tied.negatives)
            below.positives &+= tied.positives
            below.negatives &+= tied.negatives
        }
        return Double(doubledWins) / (2 * Double(all.positives) * Double(all.negatives))
    }

    func averagePrecision(drawn: [UInt8], of all: Counts) -> Double? {
        guard all.positives > 0, all.negatives > 0 else { return nil }
        var left = all
        var sum = 0.0
        forEachTie(drawn) { tied in
            if tied.positives > 0 {
                let right = Double(left.positives)
                sum += Double(tied.positives) * (right / Double(left.positives &+ left.negatives))
            }
            left.positives &-= tied.positives
            left.negatives &-= tied.negatives
        }
        return sum / Double(all.positives)
    }

    func kolmogorovSmirnov(drawn: [UInt8], of all: Counts) -> Double? {
        guard all.positives > 0, all.negatives > 0 else { return nil }
        // positives below × negatives − negatives below × positives: below 2⁶⁰.
        let steps = (negative: 0 &- Int64(all.positives), positive: Int64(all.negatives))
        var cross: Int64 = 0
        var (least, greatest) = (cross, cross)
        forEachPlace(drawn) { mark, times in
            cross &+= Int64(times) &* (mark & 1 == 1 ? steps.positive : steps.negative)
            guard mark & RowOrder.lastOfTie != 0 else { return }
            least = cross < least ? cross : least
            greatest = cross > greatest ? cross : greatest
        }
        return Double(max(greatest, 0 &- least)) / (Double(all.positives) * Double(all.negatives))
    }

    func counts(_ drawn: [UInt8]) -> Counts {
        var counts = Counts()
        var rows: UInt64 = 0
        forEachPlace(drawn) { mark, times in
            rows &+= times
            counts.positives &+= times & (0 &- UInt64(mark & 1))
        }
        counts.negatives = rows &- counts.positives
        return counts
    }

    /// Visits the runs of equal scores, lowest first.
    @inline(__always)
    private func forEachTie(_ drawn: [UInt8], _ body: (Counts) -> Void) {
        var tied = Counts()
        forEachPlace(drawn) { mark, times in
            let ofPositive = times & (0 &- UInt64(mark & 1))
            tied.positives &+= ofPositive
            tied.negatives &+= times &- ofPositive
            if mark & RowOrder.lastOfTie != 0 {
                body(tied)
                tied = Counts()
            }
        }
    }

    /// Every place with its mark and how often its row was drawn.
    @inline(__always)
    private func forEachPlace(_ drawn: [UInt8], _ body: (_ mark: UInt8, _ times: UInt64) -> Void) {
        precondition(drawn.count == marks.count, "there is one count of draws per row")
        // An index is a row number or a place of as many rows: no look-up goes outside.
        drawn.withUnsafeBufferPointer { drawn in
            marks.withUnsafeBufferPointer { marks in
                guard let index else {
                    for place in 0..<marks.count { body(marks[place], UInt64(drawn[place])) }
                    return
                }
                index.withUnsafeBufferPointer { index in
                    for place in 0..<marks.count { body(marks[place], UInt64(drawn[Int(index[place])])) }
                }
            }
        }
    }
}
