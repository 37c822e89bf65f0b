import GatehouseCore
import Gates

/// Selection rates and impact ratios as 6 RCNY § 5-301 defines them: a category's rate over the highest rate among the
/// categories of one grouping. Read from the fairness check's measurements; nothing is measured anew.
struct SelectionTable {
    private static let missingGroup = "(missing)"
    /// § 5-301 (d): below this share a category may be left out.
    static let smallShare = 0.02

    private struct Category {
        /// `sex`, `race, sex`.
        let grouping: String
        /// `sex=female`.
        let name: String
        let rate: Measurement
        var isUnknown: Bool { name.contains("=\(missingGroup)") }
        var isIntersection: Bool { grouping.contains(", ") }
    }

    private let categories: [Category]
    private let rows: Int?
    private let reason: String

    init(_ explanation: Explanation) {
        let record = explanation.evaluation?.record
        let measurements = (record?.results ?? []).filter { $0.gate == "fairness" }.flatMap(\.judgement.measurements)
        categories = measurements.compactMap { found in
            guard found.metric == "selection_rate", let subject = found.subject else { return nil }
            return Category(grouping: Self.grouping(of: subject), name: subject, rate: found)
        }
        rows = measurements.first { $0.metric == "auc" && $0.subject == nil }?.n
        reason = record == nil ? EvidenceSource.noEvaluation : "no fairness check measured selection rates"
    }

    /// The columns of `race=black, sex=female`: `race, sex`. A group's name may itself hold a comma, but no column's does.
    private static func grouping(of subject: String) -> String {
        subject.split(separator: ", ").compactMap { part in
            part.firstIndex(of: "=").map { String(part[..<$0]) }
        }.joined(separator: ", ")
    }

    func rates(intersections: Bool) -> EvidenceContent {
        let wanted = categories.filter { $0.isIntersection == intersections && !$0.isUnknown }
        let highest = Dictionary(grouping: wanted, by: \.grouping).mapValues { $0.compactMap(\.rate.value).max() ?? 0 }
        let table = wanted.map { category -> [JSONValue] in
            let top = highest[category.grouping] ?? 0
            let ratio = top > 0 ? category.rate.value.map { $0 / top } : nil
            return [
                .string(category.grouping), .string(category.name), category.rate.n.map { .integer(Int64($0)) } ?? .null,
                .number(orNull: share(category)), .number(orNull: category.rate.value), .number(orNull: category.rate.lower),
                .number(orNull: category.rate.upper), .number(orNull: ratio),
                .text(category.rate.reason ?? (top > 0 ? nil : "nobody of any category was selected")),
            ]
        }
        return .table(
            .init(
                ["categories", "category", "n", "share", "selection rate", "lower", "upper", "impact ratio", "reason"], table,
                notes: [
                    "Impact ratio: selection rate over the highest selection rate of the categories. Intervals are of 95 %."
                ]), orNotRecorded: intersections && !categories.isEmpty ? "intersections were not measured" : reason)
    }

    var unknowns: EvidenceContent {
        guard !categories.isEmpty else { return .notRecorded(reason) }
        let single = categories.filter { !$0.isIntersection }
        let counts = Set(single.map(\.grouping)).sorted().map { grouping -> [JSONValue] in
            let unknown = single.filter { $0.grouping == grouping && $0.isUnknown }.compactMap(\.rate.n).reduce(0, +)
            return [.string(grouping), .integer(Int64(unknown))]
        }
        return .table(.init(["categories", "rows without one"], counts), orNotRecorded: reason)
    }

    var smallCategories: EvidenceContent {
        guard !categories.isEmpty else { return .notRecorded(reason) }
        guard rows != nil else { return .notRecorded("the number of all rows is not recorded") }
        let small = categories.filter { !$0.isUnknown && (share($0) ?? 1) < Self.smallShare }
        guard !small.isEmpty else { return .statements(["No category has less than 2 % of the rows."]) }
        return .statements(
            small.map { "\($0.name): \($0.rate.n ?? 0) rows, below 2 %. It is not left out of the tables above." })
    }

    private func share(_ category: Category) -> Double? {
        guard let rows, rows > 0, let n = category.rate.n else { return nil }
        return Double(n) / Double(rows)
    }
}
