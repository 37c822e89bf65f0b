/// The values of one feature in a sample, row by row.
package enum FeatureValues: Sendable {
    /// Missing is NaN.
    case numbers([Double])
    /// Missing is −1; other codes index `names`, which are distinct.
    case categories(codes: [Int32], names: [String])

    /// Whether there is no value at all: then the kind says nothing.
    private var isEmpty: Bool {
        switch self {
        case .numbers(let numbers): numbers.allSatisfy(\.isNaN)
        case .categories(let codes, _): codes.allSatisfy { $0 < 0 }
        }
    }

    private var count: Int {
        switch self {
        case .numbers(let numbers): numbers.count
        case .categories(let codes, _): codes.count
        }
    }

    /// Numbers where these values cannot be told to be text.
    private var numbers: [Double]? {
        switch self {
        case .numbers(let numbers): numbers
        case .categories: isEmpty ? [Double](repeating: .nan, count: count) : nil
        }
    }

    /// Rows per category that has any, and rows without a value.
    private var categories: (counts: [String: Int], missing: Int)? {
        switch self {
        case .numbers: return isEmpty ? ([:], count) : nil
        case .categories(let codes, let names):
            var counts = [Int](repeating: 0, count: names.count)
            var missing = 0
            for code in codes {
                if code < 0 { missing += 1 } else { counts[Int(code)] += 1 }
            }
            let pairs = zip(names, counts).filter { $0.1 > 0 }
            return (Dictionary(pairs, uniquingKeysWith: +), missing)
        }
    }

    /// Counted in `buckets` of a profile: numbers in its edges, categories by name. Nil when the kinds differ.
    fileprivate func profile(_ name: String, like buckets: FeatureProfile.Buckets) -> FeatureProfile? {
        switch buckets {
        case .numeric(let edges, _):
            guard let numbers else { return nil }
            let (counts, missing) = BucketCounts.count(numbers, in: edges)
            return FeatureProfile(name: name, buckets: .numeric(edges: edges, counts: counts), missing: missing)
        case .categorical:
            return categories.map { FeatureProfile(name: name, buckets: .categorical($0.counts), missing: $0.missing) }
        }
    }

    /// Counted for themselves: numbers in their deciles.
    fileprivate func profile(_ name: String) -> FeatureProfile {
        switch self {
        case .numbers(let numbers):
            let edges = Deciles.edges(of: numbers)
            let (counts, missing) = BucketCounts.count(numbers, in: edges)
            return FeatureProfile(name: name, buckets: .numeric(edges: edges, counts: counts), missing: missing)
        case .categories:
            let (counts, missing) = categories ?? ([:], 0)
            return FeatureProfile(name: name, buckets: .categorical(counts), missing: missing)
        }
    }

    fileprivate static func bothNumbers(_ first: FeatureValues, _ second: FeatureValues) -> ([Double], [Double])? {
        // Two columns without a value stay what they were read as.
        switch (first, second) {
        case (.categories, .categories): nil
        case (.numbers, _), (_, .numbers): first.numbers.flatMap { numbers in second.numbers.map { (numbers, $0) } }
        }
    }
}

/// The values of one feature on both sides of a comparison.
package struct FeatureRows: Sendable {
    package enum Reference: Sendable {
        /// Rows, and the bucket edges to use for numbers; nil for their deciles.
        case rows(FeatureValues, edges: [Double]?)
        /// Only what was counted once.
        case profile(FeatureProfile)
    }

    package let name: String
    package let reference: Reference
    package let current: FeatureValues

    package init(name: String, reference: Reference, current: FeatureValues) {
        self.name = name
        self.reference = reference
        self.current = current
    }

    /// Compares features on all cores, in their order. Memory: two copies of a column per core.
    package static func compare(_ features: [FeatureRows], rareShare: Double = 0) -> [FeatureComparison] {
        inParallel(features) { $0.comparison(rareShare) }
    }

    private func comparison(_ rareShare: Double) -> FeatureComparison {
        switch reference {
        case .profile(let profile):
            return FeatureComparison(
                reference: profile, current: current.profile(name, like: profile.buckets) ?? current.profile(name),
                rareShare: rareShare)
        case .rows(let values, let edges):
            if let (first, second) = FeatureValues.bothNumbers(values, current) { return numeric(first, second, edges) }
            let profile = values.profile(name)
            return FeatureComparison(
                reference: profile, current: current.profile(name, like: profile.buckets) ?? current.profile(name),
                rareShare: rareShare)
        }
    }

    /// One sort per side serves the buckets and the distances.
    private func numeric(_ reference: [Double], _ current: [Double], _ edges: [Double]?) -> FeatureComparison {
        let first = SortedValues(reference)
        let second = SortedValues(current)
        let edges = edges ?? Deciles.edges(ofSorted: first)
        func profile(_ side: SortedValues) -> FeatureProfile {
            FeatureProfile(name: name, buckets: .numeric(edges: edges, counts: side.counts(in: edges)), missing: side.missing)
        }
        return FeatureComparison(
            reference: profile(first), current: profile(second), rows: SampleDistance(reference: first, current: second))
    }
}
