/// Sorting rows by score.
enum ScoreOrder {
    private struct Keyed {
        var key: UInt64
        var row: UInt32
    }

    private static let digitBits: UInt64 = 11
    private static let digitCount = 6
    private static let bucketCount = 1 << 11

    /// Row numbers from the lowest score to the highest; equal scores, and −0 and +0, stay in row order.
    ///
    /// A radix sort: six passes over 11-bit digits of a key that orders like the number, and none over digits that are
    /// the same in every key. `scores` must be finite.
    static func ascending(_ scores: [Double]) -> [UInt32] {
        var histogram = [UInt32](repeating: 0, count: bucketCount * digitCount)
        var current: [Keyed] = []
        current.reserveCapacity(scores.count)
        for (row, score) in scores.enumerated() {
            let key = orderedKey(score)
            current.append(Keyed(key: key, row: UInt32(truncatingIfNeeded: row)))
            for digit in 0..<digitCount {
                let value = Int(truncatingIfNeeded: (key >> (UInt64(digit) &* digitBits)) & (UInt64(bucketCount) &- 1))
                histogram[digit &* bucketCount &+ value] &+= 1
            }
        }
        var next = current
        for digit in 0..<digitCount {
            let start = digit * bucketCount
            if histogram[start..<start + bucketCount].contains(UInt32(scores.count)) { continue }
            scatter(current, into: &next, offsets: offsets(histogram[start..<start + bucketCount]), digit: digit)
            swap(&current, &next)
        }
        return current.map(\.row)
    }

    /// Where each bucket begins.
    private static func offsets(_ counts: ArraySlice<UInt32>) -> [UInt32] {
        var sum: UInt32 = 0
        return counts.map { count in
            defer { sum += count }
            return sum
        }
    }

    private static func scatter(_ source: [Keyed], into target: inout [Keyed], offsets: [UInt32], digit: Int) {
        var offsets = offsets
        let shift = UInt64(digit) * digitBits
        let mask = UInt64(bucketCount) - 1
        for element in source {
            let bucket = Int(truncatingIfNeeded: (element.key >> shift) & mask)
            let place = offsets[bucket]
            offsets[bucket] = place &+ 1
            target[Int(place)] = element
        }
    }

    /// An integer that orders as the finite number does.
    private static func orderedKey(_ score: Double) -> UInt64 {
        let bits = (score + 0.0).bitPattern  // adding zero turns −0 into +0
        return bits >> 63 == 1 ? ~bits : bits | (1 << 63)
    }
}
