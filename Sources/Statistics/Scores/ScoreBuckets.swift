/// The smallest and the greatest of some scores, and integers that order like them.
struct ScoreRange: Sendable {
    let lowest: Double
    let highest: Double
    /// False when a score is NaN or infinite; the range then says nothing.
    let isFinite: Bool

    init(_ scores: [Double]) {
        var lowest = Double.infinity
        var highest = -Double.infinity
        var nothing = 0.0
        for score in scores {
            lowest = score < lowest ? score : lowest
            highest = score > highest ? score : highest
            nothing += score - score  // 0 for a number, NaN otherwise
        }
        self.lowest = lowest
        self.highest = highest
        isFinite = nothing == 0
    }
}

/// How the rows divide by score into buckets that fit a core's cache; every score of a bucket is below those of the next.
///
/// The leading bits of a key, counted from the smallest key of all, name one of up to 65,536 cells; neighbouring cells make
/// up a bucket. One pass over the rows then scatters them, and all sorting and merging happens bucket by bucket, on both
/// cores. Scores that crowd into one cell make one large bucket: slower, as right as any.
struct ScoreBuckets: Sendable {
    /// Rows are counted and scattered in two halves at once; a fixed number, so that results cannot depend on the machine.
    private static let parts = 2
    private static let rowsTarget = 8192
    private static let cellBitsMax = 16
    /// Buckets are handed to the cores in so many batches; more than cores, so that none waits long for the last one.
    private static let batches = 16

    /// Rows before each bucket's negatives, positives, the next bucket's negatives, …; last, all rows.
    let starts: [Int]
    private let lowestKey: UInt64
    private let shift: UInt64
    private let classMask: UInt8
    /// A cell's bucket, doubled.
    private let streamOfCell: [UInt16]
    /// Rows of each stream in each part.
    private let partCounts: [[UInt32]]

    var count: Int { (starts.count - 1) / 2 }

    /// `scores` are finite, in `range`, and one for each label 0 or 1. Without `byClass` all rows count as negatives.
    init(_ scores: [Double], labels: [UInt8], range: ScoreRange, byClass: Bool) {
        let lowestKey = OrderedKey.ofNumber(range.lowest)
        let span = OrderedKey.ofNumber(range.highest) - lowestKey
        let spanBits = 64 - span.leadingZeroBitCount
        let rowBits = Int.bitWidth - scores.count.leadingZeroBitCount
        let cellBits = min(Self.cellBitsMax, max(1, rowBits - 4), max(1, spanBits))
        let shift = UInt64(max(0, spanBits - cellBits))
        let classMask: UInt8 = byClass ? 1 : 0
        let cellCounts = concurrentMap(count: Self.parts) { part in
            var counts = [UInt32](repeating: 0, count: 2 << cellBits)
            // A key is at most `span` above the lowest, so its cell is below 1 << cellBits.
            counts.withUnsafeMutableBufferPointer { counts in
                Self.forEachRow(part, scores, labels) { row, key, label in
                    let cell = (key &- lowestKey) &>> shift
                    counts[Int(truncatingIfNeeded: cell &* 2 | UInt64(label & classMask))] &+= 1
                }
            }
            return counts
        }
        self.lowestKey = lowestKey
        self.shift = shift
        self.classMask = classMask
        (streamOfCell, partCounts) = Self.grouped(cellCounts)
        var starts = [0]
        for stream in partCounts[0].indices {
            starts.append(starts[stream] + partCounts.reduce(0) { $0 + Int($1[stream]) })
        }
        self.starts = starts
    }

    /// Neighbouring cells together until a bucket has its rows.
    private static func grouped(_ cellCounts: [[UInt32]]) -> (streamOfCell: [UInt16], partCounts: [[UInt32]]) {
        let cells = cellCounts[0].count / 2
        var streamOfCell = [UInt16](repeating: 0, count: cells)
        var partCounts = [[UInt32]](repeating: [0, 0], count: parts)
        var rows = 0
        var stream = 0
        for cell in 0..<cells {
            let cellRows = cellCounts.reduce(0) { $0 + Int($1[2 * cell]) + Int($1[2 * cell + 1]) }
            // At most 2¹⁵ buckets: every one but the last has two cells or rowsTarget rows.
            if rows > 0, rows + cellRows > rowsTarget, stream < Int(UInt16.max) - 3 {
                stream += 2
                rows = 0
                for part in 0..<parts { partCounts[part] += [0, 0] }
            }
            rows += cellRows
            streamOfCell[cell] = UInt16(stream)
            for part in 0..<parts {
                partCounts[part][stream] += cellCounts[part][2 * cell]
                partCounts[part][stream + 1] += cellCounts[part][2 * cell + 1]
            }
        }
        return (streamOfCell, partCounts)
    }

    /// The values of `body` for every bucket, in order, computed on all cores; `sort` can sort any bucket.
    func mapBuckets<Key: RadixKeyed, Value>(
        _ body: (_ bucket: Int, _ sort: borrowing RadixSort<Key>) -> Value
    ) -> [Value] {
        let largest = (0..<count).reduce(0) { max($0, starts[2 * $1 + 2] - starts[2 * $1]) }
        let batches = min(count, Self.batches)
        return concurrentMap(count: batches) { batch in
            let sort = RadixSort<Key>(capacity: largest)
            return (count * batch / batches..<count * (batch + 1) / batches).map { body($0, sort) }
        }.flatMap { $0 }
    }

    /// The elements of all rows, bucket after bucket, in each first those of negatives; rows in order within.
    func scattered<Element>(
        _ scores: [Double], labels: [UInt8], _ element: (_ row: Int, _ key: UInt64) -> Element
    ) -> [Element] {
        [Element](unsafeUninitializedCapacity: scores.count) { target, initialized in
            // Places come from counts of the same rows: each is filled once, by one thread, and none lies outside.
            let target = target
            _ = concurrentMap(count: Self.parts) { part in
                var free = (0..<starts.count - 1).map { starts[$0] + (part == 0 ? 0 : Int(partCounts[0][$0])) }
                free.withUnsafeMutableBufferPointer { free in
                    streamOfCell.withUnsafeBufferPointer { streamOfCell in
                        Self.forEachRow(part, scores, labels) { row, key, label in
                            let cell = Int(truncatingIfNeeded: (key &- lowestKey) &>> shift)
                            let stream = Int(streamOfCell[cell] | UInt16(label & classMask))
                            let place = free[stream]
                            free[stream] = place &+ 1
                            target.initializeElement(at: place, to: element(row, key))
                        }
                    }
                }
            }
            initialized = scores.count
        }
    }

    @inline(__always)
    private static func forEachRow(
        _ part: Int, _ scores: [Double], _ labels: [UInt8], _ body: (_ row: Int, _ key: UInt64, _ label: UInt8) -> Void
    ) {
        precondition(labels.count == scores.count, "there is one label per score")
        scores.withUnsafeBufferPointer { scores in
            labels.withUnsafeBufferPointer { labels in
                for row in scores.count * part / parts..<scores.count * (part + 1) / parts {
                    body(row, OrderedKey.ofNumber(scores[row]), labels[row])
                }
            }
        }
    }
}
