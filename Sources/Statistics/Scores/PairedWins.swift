/// How two models rank the same unweighted rows inside each group: one walk along each model's order, no group sorted again.
///
/// A row's *doubled wins* are twice the rows of its group and of the other class that it outranks, and one for each that it
/// ties with: twice its placement times those rows. They are whole numbers, so every sum is exact, and swapping the models
/// changes nothing but the sign.
struct PairedWins {
    /// Over the rows of one class of one group.
    private struct Sums {
        var rows: UInt64 = 0
        /// Of the candidate's wins.
        var candidate: UInt64 = 0
        /// Of the candidate's wins minus the baseline's.
        var differences: Int64 = 0
        /// Of these differences: at most 2³⁰ squares of numbers below 2³¹.
        var squares: Int128 = 0

        /// Σ (difference − its mean)².
        var centredSquares: Double {
            guard rows > 0 else { return 0 }
            let sum = Int128(differences)
            return Double(Int128(rows) * squares - sum * sum) / Double(rows)
        }
    }

    /// By group × 2 + label: a row's *cell*.
    private var sums: [Sums]

    /// Of all rows as one group. Both models must have been made from the same labels.
    init(_ candidate: BinaryScores, _ baseline: BinaryScores) {
        sums = Self.sums(candidate, baseline, cells: 2) { marks, _, cells in
            for place in marks.indices { cells[place] = UInt16(marks[place] & 1) }
        }
    }

    /// `codes` are one per row, from 0 to `groups` - 1.
    init(_ candidate: BinaryScores, _ baseline: BinaryScores, _ codes: [Int32], groups: Int) {
        let cellOfRow = codes.map { UInt16(2 * $0) }
        sums = Self.sums(candidate, baseline, cells: 2 * groups) { marks, rows, cells in
            for place in marks.indices { cells[place] = cellOfRow[Int(rows[place])] | UInt16(marks[place] & 1) }
        }
    }

    /// `name` writes the cells of some rows from their marks and numbers.
    @inline(__always)
    private static func sums(
        _ candidate: BinaryScores, _ baseline: BinaryScores, cells count: Int,
        _ name: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt32>, UnsafeMutableBufferPointer<UInt16>) -> Void
    ) -> [Sums] {
        var sums = [Sums](repeating: Sums(), count: count)
        var winsOfRow = [UInt32](repeating: 0, count: candidate.count)
        forEachBlock(candidate.rowOrder, cells: count, name) { rows, cells, wins in
            for place in rows.indices { winsOfRow[Int(rows[place])] = wins[place] }
            for place in rows.indices {
                let cell = Int(cells[place])
                sums[cell].rows &+= 1
                sums[cell].candidate &+= UInt64(wins[place])
            }
        }
        forEachBlock(baseline.rowOrder, cells: count, name) { rows, cells, wins in
            for place in rows.indices { wins[place] = winsOfRow[Int(rows[place])] &- wins[place] }
            for place in rows.indices {
                let cell = Int(cells[place])
                // Wins are below 2³¹, as there are at most 2³⁰ rows; so are differences.
                let difference = Int64(Int32(bitPattern: wins[place]))
                sums[cell].differences &+= difference
                sums[cell].squares &+= Int128(difference &* difference)
            }
        }
        return sums
    }

    private static let blockRowsMin = 4096

    /// Visits the rows from the lowest score to the highest, with their cells and doubled wins: block by block, none of which
    /// parts equal scores, because loops that only look rows up wait for many places of memory at once.
    ///
    /// Pointers are sound: every buffer has a place for each row of the block, and rows and cells index checked arrays.
    @inline(__always)
    private static func forEachBlock(
        _ order: RowOrder, cells count: Int,
        _ name: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt32>, UnsafeMutableBufferPointer<UInt16>) -> Void,
        _ body: (UnsafeBufferPointer<UInt32>, UnsafeBufferPointer<UInt16>, UnsafeMutableBufferPointer<UInt32>) -> Void
    ) {
        var walk = WinsWalk(cells: count)
        var cells: [UInt16] = []
        var wins: [UInt32] = []
        var start = 0
        while start < order.rows.count {
            var end = min(start + blockRowsMin, order.rows.count)
            while order.marks[end - 1] & RowOrder.lastOfTie == 0 { end += 1 }  // the last row of all ends a tie
            if cells.count < end - start {
                cells = [UInt16](repeating: 0, count: end - start)
                wins = [UInt32](repeating: 0, count: end - start)
            }
            order.rows[start..<end].withUnsafeBufferPointer { rows in
                order.marks[start..<end].withUnsafeBufferPointer { marks in
                    cells.withUnsafeMutableBufferPointer { cells in
                        wins.withUnsafeMutableBufferPointer { wins in
                            name(marks, rows, cells)
                            walk.count(marks, UnsafeBufferPointer(cells), wins)
                            body(rows, UnsafeBufferPointer(cells), wins)
                        }
                    }
                }
            }
            start = end
        }
    }

    /// Σ (d − mean)² of each class, d the difference of a row's two placements. Both classes must be present.
    func squaresOfDifference(_ group: Int) -> ClassSums {
        let (positive, negative) = (sums[2 * group + 1], sums[2 * group])
        let (positives, negatives) = (Double(positive.rows), Double(negative.rows))
        return ClassSums(
            positive: positive.centredSquares / (4 * negatives * negatives),
            negative: negative.centredSquares / (4 * positives * positives))
    }

    /// The candidate's AUC minus the baseline's. Nil unless the group has both classes, and where no row's wins
    /// differ: only the orders tell then whether the models rank alike.
    func difference(_ group: Int) -> PairedDifference? {
        let (positive, negative) = (sums[2 * group + 1], sums[2 * group])
        guard positive.rows > 0, negative.rows > 0, positive.squares + negative.squares > 0 else { return nil }
        let pairs = 2 * Double(positive.rows) * Double(negative.rows)
        let ofBaseline = UInt64(Int64(positive.candidate) - positive.differences)
        return DeLong.paired(
            Double(positive.candidate) / pairs - Double(ofBaseline) / pairs, squaresOfDifference(group),
            ClassTotals(positive: WeightTotals(rows: Int(positive.rows)), negative: WeightTotals(rows: Int(negative.rows))))
    }
}

/// Counts rows by cell along a score order. A cell's neighbour, whose last bit differs, is the other class of its group.
private struct WinsWalk {
    private var below: [UInt32]
    /// Of the score at hand.
    private var tied: [UInt32]

    init(cells: Int) {
        below = [UInt32](repeating: 0, count: cells)
        tied = below
    }

    /// Writes the doubled wins of the next rows, the last of which ends a tie.
    mutating func count(
        _ marks: UnsafeBufferPointer<UInt8>, _ cells: UnsafeBufferPointer<UInt16>, _ wins: UnsafeMutableBufferPointer<UInt32>
    ) {
        var start = 0
        for (place, mark) in marks.enumerated() {
            let isLast = mark & RowOrder.lastOfTie != 0
            if isLast, start == place {
                let cell = Int(cells[place])
                wins[place] = 2 &* below[cell ^ 1]
                below[cell] &+= 1
            } else {
                tied[Int(cells[place])] &+= 1
                guard isLast else { continue }
                for tie in start...place {
                    let other = Int(cells[tie]) ^ 1
                    wins[tie] = 2 &* below[other] &+ tied[other]
                }
                for tie in start...place {
                    let cell = Int(cells[tie])
                    below[cell] &+= tied[cell]
                    tied[cell] = 0
                }
            }
            start = place + 1
        }
    }
}
