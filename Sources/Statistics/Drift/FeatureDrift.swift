/// How far one feature's current values lie from its training values.
package struct FeatureDrift: Sendable, Equatable {
    package let name: String
    package let buckets: BucketDrift
    /// Nil for categories.
    package let numeric: NumericBucketDrift?
    /// Categories seen now and never in training, and the reverse, sorted; empty for numbers.
    package let newCategories: [String]
    package let goneCategories: [String]
    /// Shares of rows without a value.
    package let missingShareInReference: Double
    package let missingShareInCurrent: Double

    /// Why two profiles of a feature cannot be compared.
    package enum Defect: Error, Sendable, Equatable, CustomStringConvertible {
        case kinds
        case edges
        case counts
        case noValues(inReference: Bool)

        package var description: String {
            switch self {
            case .kinds: "one profile holds numbers, the other categories"
            case .edges: "the current values were not counted in the training buckets"
            case .counts: "a count is negative or too large, or the bucket edges do not increase"
            case .noValues(let inReference):
                inReference ? "the training profile holds no value" : "no current row has a value"
            }
        }
    }

    /// Fails when the profiles do not have the same buckets, hold impossible counts, or one of them has no values.
    package init(reference: FeatureProfile, current: FeatureProfile) throws(Defect) {
        name = reference.name
        let counts: (reference: [Int], current: [Int])
        switch (reference.buckets, current.buckets) {
        case (.numeric(let edges, let first), .numeric(let others, let second)):
            guard edges == others, first.count == second.count else { throw .edges }
            counts = (first, second)
            newCategories = []
            goneCategories = []
        case (.categorical(let first), .categorical(let second)):
            let categories = Set(first.keys).union(second.keys).sorted()
            counts = (categories.map { first[$0] ?? 0 }, categories.map { second[$0] ?? 0 })
            newCategories = categories.filter { (first[$0] ?? 0) == 0 && (second[$0] ?? 0) > 0 }
            goneCategories = categories.filter { (first[$0] ?? 0) > 0 && (second[$0] ?? 0) == 0 }
        case (.numeric, .categorical), (.categorical, .numeric): throw .kinds
        }
        if counts.reference.allSatisfy({ $0 == 0 }) { throw .noValues(inReference: true) }
        if counts.current.allSatisfy({ $0 == 0 }) { throw .noValues(inReference: false) }
        guard reference.missing >= 0, current.missing >= 0,
            let buckets = BucketDrift(reference: counts.reference, current: counts.current)
        else { throw .counts }
        self.buckets = buckets
        missingShareInReference = Double(reference.missing) / (Double(reference.missing) + Double(buckets.referenceCount))
        missingShareInCurrent = Double(current.missing) / (Double(current.missing) + Double(buckets.currentCount))
        switch reference.buckets {
        case .numeric(let edges, let first):
            guard let numeric = NumericBucketDrift(edges: edges, reference: first, current: counts.current) else {
                throw .counts
            }
            self.numeric = numeric
        case .categorical: numeric = nil
        }
    }
}
