package import GatehouseCore
package import Statistics

/// The distribution of every feature of a table: what `feature_stats.json` beside a model says of its training data.
package struct FeatureStatistics: Sendable, Equatable {
    package static let fileName = "feature_stats.json"
    package static let categoriesKept = 100
    /// Stands for all categories beyond the most frequent `categoriesKept`.
    package static let otherCategories = "(other)"

    package let rows: Int
    package let features: [FeatureProfile]

    package init(rows: Int, features: [FeatureProfile]) {
        self.rows = rows
        self.features = features
    }

    /// Cuts every numeric column at its deciles and counts every category of a text column, or the 100 most frequent
    /// and the rest together.
    package init(profiling table: Table) {
        rows = table.rowCount
        features = inParallel(table.columns) { column in
            switch column.values {
            case .numeric(let numbers):
                let edges = Deciles.edges(of: numbers)
                let (counts, missing) = BucketCounts.count(numbers, in: edges)
                return FeatureProfile(name: column.name, buckets: .numeric(edges: edges, counts: counts), missing: missing)
            case .categorical(let codes, let categories):
                let (counts, missing) = countByCategory(codes, categories)
                return FeatureProfile(name: column.name, buckets: .categorical(pooled(counts)), missing: missing)
            }
        }
    }

    /// Counts a table's values in these buckets: numbers outside join the end buckets; unseen categories keep their
    /// names, or join `(other)` where the reference has it.
    ///
    /// Features the table lacks are not in the result and are named in `absent`. Fails with `invalidArgument` when a
    /// feature is numeric here and text there.
    package func counting(_ table: Table) throws(GatehouseError) -> (current: FeatureStatistics, absent: [String]) {
        var pairs: [(FeatureProfile, TableColumn)] = []
        for feature in features {
            guard let column = table[feature.name] else { continue }
            switch (feature.buckets, column.values) {
            case (.numeric, .numeric), (.categorical, .categorical): pairs.append((feature, column))
            case (.numeric, .categorical):
                throw GatehouseError(
                    .invalidArgument, "The column '\(feature.name)' holds text, but its reference is numeric.",
                    hint: "Correct the data, or profile the reference again with '\(feature.name)' as a text column.")
            case (.categorical, .numeric):
                throw GatehouseError(
                    .invalidArgument, "The column '\(feature.name)' holds numbers, but its reference is text.",
                    hint: "Declare '\(feature.name)' as a text column, or profile the reference again.")
            }
        }
        let counted = inParallel(pairs) { feature, column in Self.count(column, in: feature) }
        let absent = features.map(\.name).filter { table[$0] == nil }
        return (FeatureStatistics(rows: table.rowCount, features: counted), absent)
    }

    /// The features that must be read as text for their values to be counted here.
    package var textColumns: Set<String> {
        Set(
            features.filter {
                switch $0.buckets {
                case .numeric: false
                case .categorical: true
                }
            }.map(\.name))
    }

    private static func count(_ column: TableColumn, in feature: FeatureProfile) -> FeatureProfile {
        switch (feature.buckets, column.values) {
        case (.numeric(let edges, _), .numeric(let numbers)):
            let (counts, missing) = BucketCounts.count(numbers, in: edges)
            return FeatureProfile(name: feature.name, buckets: .numeric(edges: edges, counts: counts), missing: missing)
        case (.categorical(let reference), .categorical(let codes, let categories)):
            let (counts, missing) = countByCategory(codes, categories)
            return FeatureProfile(name: feature.name, buckets: .categorical(joined(counts, like: reference)), missing: missing)
        case (.numeric, .categorical), (.categorical, .numeric): return feature
        }
    }
}

/// Rows per category, without the categories that have none, and rows without a value.
private func countByCategory(_ codes: [Int32], _ categories: [String]) -> (counts: [String: Int], missing: Int) {
    var counts = [Int](repeating: 0, count: categories.count)
    var missing = 0
    for code in codes {
        if code < 0 { missing += 1 } else { counts[Int(code)] += 1 }
    }
    let pairs = zip(categories, counts).filter { $0.1 > 0 }
    return (Dictionary(pairs, uniquingKeysWith: +), missing)
}

/// The most frequent categories, the first by name among equals, and the rest together.
private func pooled(_ counts: [String: Int]) -> [String: Int] {
    guard counts.count > FeatureStatistics.categoriesKept else { return counts }
    let ranked = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    var kept = Dictionary(uniqueKeysWithValues: ranked.prefix(FeatureStatistics.categoriesKept).map { ($0.key, $0.value) })
    let rest = ranked.dropFirst(FeatureStatistics.categoriesKept).reduce(0) { $0 + $1.value }
    kept[FeatureStatistics.otherCategories, default: 0] += rest
    return kept
}

/// Every category of the reference, with 0 where it does not occur, so that one that has vanished is seen.
private func joined(_ counts: [String: Int], like reference: [String: Int]) -> [String: Int] {
    let hasOther = reference[FeatureStatistics.otherCategories] != nil
    var joined = reference.mapValues { _ in 0 }
    for (category, count) in counts {
        let name = hasOther && reference[category] == nil ? FeatureStatistics.otherCategories : category
        joined[name, default: 0] += count
    }
    return joined
}
