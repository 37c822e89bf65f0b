/// The distribution of one feature in buckets: what training saw, or what production sees.
package struct FeatureProfile: Sendable, Equatable {
    package enum Buckets: Sendable, Equatable {
        /// Bucket i is [edges[i], edges[i+1]), the last one closed; values outside join the end buckets.
        /// `counts.count == edges.count - 1`.
        case numeric(edges: [Double], counts: [Int])
        /// Counts by category.
        case categorical([String: Int])
    }

    package let name: String
    package let buckets: Buckets
    /// Rows without a value; not part of any bucket.
    package let missing: Int

    package init(name: String, buckets: Buckets, missing: Int) {
        self.name = name
        self.buckets = buckets
        self.missing = missing
    }

    /// Rows with a value.
    package var count: Int {
        switch buckets {
        case .numeric(_, let counts): counts.reduce(0, +)
        case .categorical(let counts): counts.values.reduce(0, +)
        }
    }
}
