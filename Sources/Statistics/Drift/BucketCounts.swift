/// Counting numbers in buckets: bucket i is [edges[i], edges[i+1]), the last one closed, values outside joining the end
/// buckets.
package enum BucketCounts {
    /// Numbers per bucket, and how many are NaN, that is missing. `edges` are at least two and increase.
    package static func count(_ numbers: [Double], in edges: [Double]) -> (counts: [Int], missing: Int) {
        // How many of the inner edges a number reaches is its bucket, wherever it lies.
        let inner = Array(edges.dropFirst().dropLast())
        return inner.count <= comparedEdgesMax ? comparing(numbers, inner) : searching(numbers, inner)
    }

    /// Up to so many edges, comparing with each without a branch is faster than a search.
    private static let comparedEdgesMax = 64
    /// Numbers that stay in the first-level cache while edge after edge is compared with them.
    private static let blockRows = 2048

    /// Counts, edge by edge, the numbers that reach it: comparisons and sums only, several numbers per instruction. NaN
    /// reaches none.
    private static func comparing(_ numbers: [Double], _ inner: [Double]) -> (counts: [Int], missing: Int) {
        var reaching = [Int](repeating: 0, count: inner.count)
        var present = 0
        numbers.withUnsafeBufferPointer { numbers in
            var start = 0
            while start < numbers.count {
                let block = UnsafeBufferPointer(rebasing: numbers[start..<min(start + blockRows, numbers.count)])
                for (index, edge) in inner.enumerated() { reaching[index] += countAtLeast(edge, block) }
                present += countAtLeast(-.infinity, block)
                start += blockRows
            }
        }
        var counts = [present - (reaching.first ?? 0)]
        for index in reaching.indices {
            counts.append(reaching[index] - (index + 1 < reaching.count ? reaching[index + 1] : 0))
        }
        return (counts, numbers.count - present)
    }

    /// Eight numbers at a time; the loads end before the block does.
    @inline(__always)
    private static func countAtLeast(_ edge: Double, _ block: UnsafeBufferPointer<Double>) -> Int {
        let bytes = UnsafeRawBufferPointer(block)
        let whole = block.count & ~7
        let edges = SIMD8<Double>(repeating: edge)
        var counts = SIMD8<Int64>()
        for start in stride(from: 0, to: whole, by: 8) {
            let numbers = bytes.loadUnaligned(fromByteOffset: start &* 8, as: SIMD8<Double>.self)
            counts &+= SIMD8<Int64>().replacing(with: 1, where: numbers .>= edges)
        }
        var count = counts.wrappedSum()
        for number in block[whole...] where number >= edge { count &+= 1 }
        return Int(count)
    }

    private static func searching(_ numbers: [Double], _ inner: [Double]) -> (counts: [Int], missing: Int) {
        var counts = [Int](repeating: 0, count: inner.count + 1)
        var missing = 0
        for number in numbers {
            if number != number {
                missing += 1
                continue
            }
            var low = 0
            var high = inner.count
            while low < high {
                let middle = low + (high - low) / 2
                if number >= inner[middle] { low = middle + 1 } else { high = middle }
            }
            counts[low] += 1
        }
        return (counts, missing)
    }
}
