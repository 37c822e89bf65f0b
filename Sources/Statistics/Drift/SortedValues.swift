/// The values of a column in ascending order: one sort for the quantiles, the buckets and every distance between two samples.
package struct SortedValues: Sendable, Equatable {
    /// Ascending; infinities at the ends, −0 as 0.
    package let values: [Double]
    /// Rows without a value (NaN), which have no rank.
    package let missing: Int

    /// Sorts in O(n), by the digits of keys that order as the numbers do.
    package init(_ numbers: [Double]) {
        var keys = [UInt64](unsafeUninitializedCapacity: numbers.count) { buffer, count in
            for number in numbers where number == number {
                buffer.initializeElement(at: count, to: OrderedKey.key(number))
                count += 1
            }
        }
        missing = numbers.count - keys.count
        keys.withUnsafeMutableBufferPointer { RadixSort<UInt64>(capacity: $0.count).sort($0) }
        values = keys.map(OrderedKey.value)
    }

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
