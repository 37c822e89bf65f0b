import Dispatch
import Synchronization

/// Buckets of numbers: bucket i is [edges[i], edges[i+1]), the last one closed, values outside joining the end buckets.
package enum Buckets {
    /// The deciles of some numbers (numpy's default, linear interpolation), equal ones once: at least two edges,
    /// strictly increasing, the least value first and the greatest last.
    ///
    /// One value gets a bucket around it, and no value the bucket [0, 1]. Where more than nine tenths share the least
    /// or the greatest value, deciles would leave one bucket, in which nothing can ever drift: it is cut next to them.
    package static func deciles(of numbers: [Double]) -> [Double] {
        edges(ofSorted: numbers.filter { !$0.isNaN }.sorted())
    }

    static func profile(_ numbers: [Double]) -> (counts: [Int], missing: Int, edges: [Double]) {
        let edges = deciles(of: numbers)
        let (counts, missing) = count(numbers, in: edges)
        return (counts, missing, edges)
    }

    /// Numbers per bucket, and how many are NaN, that is missing. `edges` are at least two and increase.
    package static func count(_ numbers: [Double], in edges: [Double]) -> (counts: [Int], missing: Int) {
        // How many of the inner edges a number reaches is its bucket, wherever it lies.
        let inner = Array(edges.dropFirst().dropLast())
        var counts = [Int](repeating: 0, count: inner.count + 1)
        var missing = 0
        for number in numbers {
            if number.isNaN { missing += 1 } else { counts[bucket(of: number, inner)] += 1 }
        }
        return (counts, missing)
    }

    @inline(__always)
    private static func bucket(of number: Double, _ inner: [Double]) -> Int {
        // Ten comparisons without a branch are faster than four that the processor cannot predict.
        if inner.count <= 32 {
            var bucket = 0
            for edge in inner { bucket &+= number >= edge ? 1 : 0 }
            return bucket
        }
        var range = inner[...]
        while !range.isEmpty {
            let middle = range.startIndex + range.count / 2
            range = number >= inner[middle] ? range[(middle + 1)...] : range[..<middle]
        }
        return range.startIndex
    }

    private static func edges(ofSorted sorted: [Double]) -> [Double] {
        guard let least = sorted.first, let greatest = sorted.last else { return [0, 1] }
        guard least < greatest else { return around(least) }
        var edges = [least]
        for decile in 1...10 {
            let position = decile * (sorted.count - 1)
            let below = sorted[position / 10]
            let above = sorted[min(position / 10 + 1, sorted.count - 1)]
            let share = Double(position % 10) / 10
            // Not below + share * (above - below), whose difference may be infinite; equal values must not be rounded apart.
            let edge = share == 0 || below == above ? below : below * (1 - share) + above * share
            if edge > edges[edges.count - 1] { edges.append(edge) }
        }
        return edges.count > 2 ? edges : [least, cut(sorted, least, greatest), greatest]
    }

    /// Between the more frequent end and its neighbour, which may be the other end.
    private static func cut(_ sorted: [Double], _ least: Double, _ greatest: Double) -> Double {
        let afterLeast = sorted.firstIndex { $0 > least } ?? 0
        let beforeGreatest = sorted.lastIndex { $0 < greatest } ?? 0
        let (low, high) =
            afterLeast >= sorted.count - 1 - beforeGreatest
            ? (least, sorted[afterLeast]) : (sorted[beforeGreatest], greatest)
        let middle = low / 2 + high / 2
        // Neighbouring doubles have nothing between them: the upper one then begins its bucket.
        return middle > low ? middle : high
    }

    private static func around(_ value: Double) -> [Double] {
        let half = max(0.5, value.magnitude * 1e-6)
        return [
            max(value - half, -.greatestFiniteMagnitude), min(value + half, .greatestFiniteMagnitude),
        ]
    }
}

/// The results in the order of `elements`, computed by all processors.
func inParallel<Element: Sendable, Result: Sendable>(
    _ elements: [Element], _ transform: @Sendable (Element) -> Result
) -> [Result] {
    let results = Mutex([Result?](repeating: nil, count: elements.count))
    DispatchQueue.concurrentPerform(iterations: elements.count) { index in
        let result = transform(elements[index])
        results.withLock { $0[index] = result }
    }
    return results.withLock { $0.compactMap(\.self) }
}
