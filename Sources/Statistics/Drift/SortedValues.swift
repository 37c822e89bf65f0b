/// The values of a column in ascending order: one sort for the quantiles, the buckets and every distance between two samples.
package struct SortedValues: Sendable, Equatable {
    /// Ascending; infinities at the ends, −0 as 0.
    package let values: [Double]
    /// Rows without a value (NaN), which have no rank.
    package let missing: Int

    /// Sorts in O(n): passes over 11-bit digits of keys that order as the numbers do, none over a digit all keys share.
    package init(_ numbers: [Double]) {
        var keys = [UInt64](unsafeUninitializedCapacity: numbers.count) { buffer, count in
            for number in numbers where number == number {
                buffer.initializeElement(at: count, to: OrderedKey.key(number))
                count += 1
            }
        }
        missing = numbers.count - keys.count
        if keys.count < Self.radixRowsMin { keys.sort() } else { ValueRadixSort.sort(&keys) }
        values = keys.map(OrderedKey.value)
    }

    /// Below it clearing the digit counts costs more than comparing.
    private static let radixRowsMin = 2048

    package var isFinite: Bool { (values.first?.isFinite ?? true) && (values.last?.isFinite ?? true) }

    /// Values per bucket by a search per edge; see `BucketCounts` for the rule. `edges` are at least two and increase.
    package func counts(in edges: [Double]) -> [Int] {
        var counts: [Int] = []
        var start = 0
        for edge in edges.dropFirst().dropLast() {
            let end = firstIndex(notBelow: edge, from: start)
            counts.append(end - start)
            start = end
        }
        counts.append(values.count - start)
        return counts
    }

    private func firstIndex(notBelow edge: Double, from start: Int) -> Int {
        var low = start
        var high = values.count
        while low < high {
            let middle = low + (high - low) / 2
            if values[middle] < edge { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Least significant digit first, 11 bits at a time.
private enum ValueRadixSort {
    static let digitBits: UInt64 = 11
    static let digitCount = 6
    static let bucketCount = 1 << 11

    static func sort(_ keys: inout [UInt64]) {
        let counts = histograms(keys)
        let total = UInt32(truncatingIfNeeded: keys.count)
        let digits = (0..<digitCount).filter { digit in
            !counts[digit * bucketCount..<(digit + 1) * bucketCount].contains(total)
        }
        guard !digits.isEmpty else { return }
        var spare = [UInt64](repeating: 0, count: keys.count)
        for digit in digits {
            var offsets = [UInt32](repeating: 0, count: bucketCount)
            var sum: UInt32 = 0
            for bucket in 0..<bucketCount {
                offsets[bucket] = sum
                sum &+= counts[digit * bucketCount + bucket]
            }
            scatter(keys, into: &spare, &offsets, shift: UInt64(digit) * digitBits)
            swap(&keys, &spare)
        }
    }

    private static func histograms(_ keys: [UInt64]) -> [UInt32] {
        var counts = [UInt32](repeating: 0, count: bucketCount * digitCount)
        counts.withUnsafeMutableBufferPointer { counts in
            for key in keys {
                // A digit is below `bucketCount`, so every index is below `bucketCount * digitCount`.
                for digit in 0..<digitCount {
                    let value = Int(truncatingIfNeeded: key >> (UInt64(digit) &* digitBits)) & (bucketCount &- 1)
                    counts[digit &* bucketCount &+ value] &+= 1
                }
            }
        }
        return counts
    }

    /// The offsets come from the counts of exactly these keys, so every place lies inside `target` and is filled once:
    /// the pointers are never out of bounds.
    private static func scatter(_ source: [UInt64], into target: inout [UInt64], _ offsets: inout [UInt32], shift: UInt64) {
        target.withUnsafeMutableBufferPointer { target in
            offsets.withUnsafeMutableBufferPointer { offsets in
                for key in source {
                    let bucket = Int(truncatingIfNeeded: key >> shift) & (bucketCount &- 1)
                    let place = offsets[bucket]
                    offsets[bucket] = place &+ 1
                    target[Int(place)] = key
                }
            }
        }
    }
}
