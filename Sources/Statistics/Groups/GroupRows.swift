/// The rows of each group, in row order: one pass over the codes, one array for all groups.
struct GroupRows {
    private var rows: [UInt32]
    private var starts: [Int]

    /// Nil when the grouping is of another number of rows.
    init?(_ grouping: Grouping, count: Int) {
        guard grouping.codes.count == count, count <= BinaryScores.rowsMax else { return nil }
        starts = [Int](repeating: 0, count: grouping.groups.count + 1)
        for code in grouping.codes { starts[Int(code) + 1] += 1 }
        for group in starts.indices.dropFirst() { starts[group] += starts[group - 1] }
        rows = [UInt32](repeating: 0, count: count)
        var free = starts
        for (row, code) in grouping.codes.enumerated() {
            rows[free[Int(code)]] = UInt32(row)
            free[Int(code)] += 1
        }
    }

    subscript(group: Int) -> ArraySlice<UInt32> { rows[starts[group]..<starts[group + 1]] }
}

extension BinaryScores {
    /// These rows alone, ranked among themselves. There must be at least one.
    func rows(at places: ArraySlice<UInt32>) -> BinaryScores {
        BinaryScores(
            checkedLabels: places.map { labels[Int($0)] }, scores: places.map { scores[Int($0)] },
            weights: weights?.rows(at: places), decisionThreshold: decisionThreshold, probabilityDefect: probabilityDefect)
    }
}
