/// How often each bucket of a feature came.
package struct FeatureCounts: Codable, Sendable, Equatable {
    package let name: String
    /// One count per bucket of `FeatureBuckets`: n edges + 1, or one per known category.
    package var counts: [Int]
    package var missing = 0
    /// Values of categories that training had not seen.
    package var unknown = 0
    /// Values of another type than the buckets are of.
    package var mistyped = 0

    package init(_ buckets: FeatureBuckets) {
        name = buckets.name
        counts = Array(repeating: 0, count: buckets.edges.map { $0.count + 1 } ?? buckets.categories?.count ?? 0)
    }

    /// Adds counts of the same buckets; others are left out, and the answer is false.
    package mutating func add(_ other: FeatureCounts) -> Bool {
        guard other.name == name, other.counts.count == counts.count else { return false }
        for (index, count) in other.counts.enumerated() { counts[index] += count }
        missing += other.missing
        unknown += other.unknown
        mistyped += other.mistyped
        return true
    }
}
