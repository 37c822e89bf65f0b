import Rendering
import Statistics

/// How `drift` puts its findings into words.
enum DriftWords {
    static func cell(_ value: Double?) -> Phrase { Phrase(value.map { Wording.readable($0, 3) } ?? "–") }

    /// `0.08…0.17`.
    static func interval(_ buckets: BucketDrift) -> String {
        Wording.range(buckets.psiInterval.lower, buckets.psiInterval.upper, decimals: 2)
    }

    static func p(_ p: Double?) -> String { p.map(Wording.pValue) ?? "–" }

    /// `0.10`: a limit with the decimals it was given, two at least.
    static func limit(_ value: Double) -> String {
        let text = ToolNumber.plain(value)
        guard let point = text.firstIndex(of: "."), !text.contains("e") else { return Wording.fixed(value, 2) }
        return Wording.fixed(value, max(2, text.distance(from: point, to: text.endIndex) - 1))
    }

    /// `1.0 % → 4.2 %`.
    static func missing(_ comparison: FeatureComparison) -> String {
        func share(_ profile: FeatureProfile) -> String {
            let rows = profile.count + profile.missing
            return rows == 0 ? "–" : Wording.percent(Double(profile.missing) / Double(rows))
        }
        if comparison.reference.missing == 0, comparison.current.missing == 0 { return "none" }
        return "\(share(comparison.reference)) → \(share(comparison.current))"
    }

    /// `north (12), south (3)`.
    static func counted(_ names: [String], _ profile: FeatureProfile) -> String {
        switch profile.buckets {
        case .numeric: Wording.list(names)
        case .categorical(let counts): Wording.list(names.map { "\($0) (\(counts[$0] ?? 0))" })
        }
    }

    static func reason(_ reason: String) -> String {
        switch reason {
        case FeatureComparison.Obstacle.kindsDiffer.rawValue: "numbers on one side, text on the other"
        case FeatureComparison.Obstacle.noReferenceValues.rawValue: "no value in the reference"
        case FeatureComparison.Obstacle.noCurrentValues.rawValue: "no value now"
        case FeatureComparison.Obstacle.badCounts.rawValue: "counts that cannot be"
        case "not_significant": "large, but chance explains it"
        case "interval_reaches_limit": "too few rows to rule drift out"
        default: reason.hasPrefix("too_few_rows") ? "too few rows" : reason
        }
    }

    /// Whether a bucket or category has rows on one side only.
    static func hasEmptyBucket(_ comparison: FeatureComparison) -> Bool {
        switch (comparison.reference.buckets, comparison.current.buckets) {
        case (.numeric(_, let first), .numeric(_, let second)): zip(first, second).contains { ($0 == 0) != ($1 == 0) }
        case (.categorical(let first), .categorical(let second)):
            Set(first.keys).union(second.keys).contains { (first[$0] ?? 0 == 0) != (second[$0] ?? 0 == 0) }
        case (.numeric, .categorical), (.categorical, .numeric): false
        }
    }

    struct Share {
        let label: String
        let reference: Double
        let current: Double
    }

    private static let sharesMax = 12

    /// The shares per bucket; of many, those that changed most.
    static func shares(_ comparison: FeatureComparison) -> [Share] {
        let n = max(1, Double(comparison.reference.count))
        let m = max(1, Double(comparison.current.count))
        let shares: [Share]
        switch (comparison.reference.buckets, comparison.current.buckets) {
        case (.numeric(let edges, let first), .numeric(_, let second)):
            shares = first.indices.map { index in
                Share(
                    label: label(edges, index), reference: Double(first[index]) / n, current: Double(second[index]) / m)
            }
        case (.categorical(let first), .categorical(let second)):
            shares = Set(first.keys).union(second.keys).sorted().map { name in
                Share(label: name, reference: Double(first[name] ?? 0) / n, current: Double(second[name] ?? 0) / m)
            }
        case (.numeric, .categorical), (.categorical, .numeric): shares = []
        }
        guard shares.count > sharesMax else { return shares }
        let ranked = shares.indices.sorted {
            abs(shares[$0].current - shares[$0].reference) > abs(shares[$1].current - shares[$1].reference)
        }
        return ranked.prefix(sharesMax).sorted().map { shares[$0] }
    }

    private static func label(_ edges: [Double], _ index: Int) -> String {
        let (lower, upper) = Wording.apart(edges[index], edges[index + 1], decimals: decimals(edges))
        return index == 0 ? "below \(upper)" : index == edges.count - 2 ? "from \(lower)" : "\(lower) to \(upper)"
    }

    private static func decimals(_ edges: [Double]) -> Int {
        let span = abs((edges.last ?? 0) - (edges.first ?? 0))
        return edges.allSatisfy { $0 == $0.rounded() } ? 0 : span >= 100 ? 1 : span >= 1 ? 2 : 4
    }
}
