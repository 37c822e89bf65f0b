/// One feature of two samples, compared in every way its values allow.
package struct FeatureComparison: Sendable, Equatable {
    /// Why the two sides cannot be compared.
    package enum Obstacle: String, Sendable, CaseIterable {
        case kindsDiffer = "kinds_differ"
        case noReferenceValues = "no_reference_values"
        case noCurrentValues = "no_current_values"
        case badCounts = "bad_counts"
    }

    package let reference: FeatureProfile
    package let current: FeatureProfile
    /// Over all buckets as they are. Nil: see `obstacle`.
    package let drift: FeatureDrift?
    /// The same once buckets too rare for a χ² law are pooled: what the verdict rests on.
    package let tested: BucketDrift?
    /// The categories that were pooled for `tested`, sorted; empty for numbers.
    package let pooledCategories: [String]
    /// From the rows. Nil for categories, and where only a profile of one side is there.
    package let rows: SampleDistance?
    /// Of the shares of missing values being equal, two-sided. Nil where a side has no rows.
    package let missingP: Double?
    package let obstacle: Obstacle?

    package var name: String { reference.name }

    /// A bucket is rare in which, without drift, the smaller side would expect fewer rows (Cochran, 1954).
    package static let expectedRowsMin = 5.0

    /// `rareShare`: categories that hold less than this share of both sides together are pooled, too.
    package init(reference: FeatureProfile, current: FeatureProfile, rows: SampleDistance? = nil, rareShare: Double = 0) {
        self.reference = reference
        self.current = current
        self.rows = rows
        missingP =
            BucketDrift(
                reference: [reference.missing, reference.count], current: [current.missing, current.count])?.chiSquaredP
        do {
            let drift = try FeatureDrift(reference: reference, current: current)
            self.drift = drift
            obstacle = nil
            (tested, pooledCategories) = Self.pooling(reference, current, rareShare)
        } catch {
            (drift, tested, pooledCategories) = (nil, nil, [])
            obstacle =
                switch error {
                case .kinds: .kindsDiffer
                case .edges, .counts: .badCounts
                case .noValues(let inReference): inReference ? .noReferenceValues : .noCurrentValues
                }
        }
    }

    private static func pooling(
        _ reference: FeatureProfile, _ current: FeatureProfile, _ rareShare: Double
    ) -> (BucketDrift?, [String]) {
        let names: [String]
        let counts: [(reference: Int, current: Int)]
        let shareMin: Double
        switch (reference.buckets, current.buckets) {
        case (.numeric(_, let first), .numeric(_, let second)):
            names = []
            counts = Array(zip(first, second))
            shareMin = 0
        case (.categorical(let first), .categorical(let second)):
            names = Set(first.keys).union(second.keys).sorted()
            counts = names.map { (first[$0] ?? 0, second[$0] ?? 0) }
            shareMin = rareShare
        case (.numeric, .categorical), (.categorical, .numeric): return (nil, [])
        }
        let n = Double(reference.count)
        let m = Double(current.count)
        let limit = max(shareMin, expectedRowsMin / max(1, min(n, m)))
        let isRare = counts.map { (Double($0.reference) + Double($0.current)) / (n + m) < limit }
        guard isRare.contains(true) else {
            return (BucketDrift(reference: counts.map(\.reference), current: counts.map(\.current)), [])
        }
        var kept = zip(counts, isRare).filter { !$0.1 }.map(\.0)
        let rare = zip(counts, isRare).filter(\.1).map(\.0)
        let other = rare.reduce((reference: 0, current: 0)) { ($0.reference + $1.reference, $0.current + $1.current) }
        if other.reference + other.current > 0 || kept.isEmpty { kept.append(other) }
        let pooled = zip(names, isRare).filter(\.1).map(\.0)
        return (BucketDrift(reference: kept.map(\.reference), current: kept.map(\.current)), pooled)
    }
}
