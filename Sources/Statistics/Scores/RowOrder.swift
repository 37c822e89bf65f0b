/// Rows from the lowest score to the highest; equal scores stay in row order.
struct RowOrder: Sendable {
    let rows: [UInt32]
    /// By place in the order: bit 0 is the row's label, bit 1 is set at the last row of equal scores.
    let marks: [UInt8]

    static let lastOfTie: UInt8 = 2

    /// `scores` are finite, in `range`, one for each label 0 or 1, and at most 2³² − 1.
    init(_ scores: [Double], labels: [UInt8], range: ScoreRange) {
        guard !scores.isEmpty else {
            (rows, marks) = ([], [])
            return
        }
        let buckets = ScoreBuckets(scores, labels: labels, range: range, byClass: false)
        var rows = buckets.scattered(scores, labels: labels) { row, _ in UInt32(truncatingIfNeeded: row) }
        var marks = [UInt8](repeating: 0, count: scores.count)
        rows.withUnsafeMutableBufferPointer { rows in
            marks.withUnsafeMutableBufferPointer { marks in
                scores.withUnsafeBufferPointer { scores in
                    labels.withUnsafeBufferPointer { labels in
                        // Buckets are disjoint ranges of places: no two threads write the same one.
                        let (rows, marks) = (rows, marks)
                        _ = buckets.mapBuckets { bucket, sort in
                            let places = buckets.starts[2 * bucket]..<buckets.starts[2 * bucket + 2]
                            Self.sort(places, rows, marks, scores, labels, sort)
                        }
                    }
                }
            }
        }
        self.rows = rows
        self.marks = marks
    }

    /// Sorts the rows at `places`, which no other score lies between.
    private static func sort(
        _ places: Range<Int>, _ rows: UnsafeMutableBufferPointer<UInt32>, _ marks: UnsafeMutableBufferPointer<UInt8>,
        _ scores: UnsafeBufferPointer<Double>, _ labels: UnsafeBufferPointer<UInt8>, _ sort: borrowing RadixSort<KeyedRow>
    ) {
        guard !places.isEmpty else { return }
        withUnsafeTemporaryAllocation(of: KeyedRow.self, capacity: places.count) { keyed in
            for (index, place) in places.enumerated() {
                let row = rows[place]
                keyed.initializeElement(at: index, to: KeyedRow(key: OrderedKey.ofNumber(scores[Int(row)]), row: row))
            }
            sort.sort(keyed)
            for (index, place) in places.enumerated() {
                let row = keyed[index].row
                rows[place] = row
                let isLast = index + 1 == keyed.count || keyed[index + 1].key != keyed[index].key
                marks[place] = labels[Int(row)] | (isLast ? lastOfTie : 0)
            }
        }
    }
}
