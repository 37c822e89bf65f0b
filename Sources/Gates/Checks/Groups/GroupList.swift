import Statistics

/// The groups of one grouping, or all combinations of several, with each row's place in the list.
struct GroupList {
    /// A column with more groups is not a grouping, and so many combinations are not read by anyone.
    static let groupsMax = 1_000
    static let missingName = "(missing)"

    let name: String
    /// Short names for sentences: `small`, `18-25 × small`.
    let groups: [String]
    /// Names for the record: `business_size=small`.
    let subjects: [String]
    let codes: [Int32]
    let isIntersection: Bool
    /// The group of the rows without a value, if there are such rows.
    let missingGroup: Int?

    /// Rows without a value form a group of their own. Nil when codes do not fit.
    init?(_ grouping: ScoredEvidence.Grouping, rows: Int) {
        let count = grouping.categories.count
        guard grouping.codes.count == rows, count <= Self.groupsMax,
            grouping.codes.allSatisfy({ $0 >= -1 && Int($0) < count })
        else { return nil }
        let hasMissing = grouping.codes.contains(-1)
        name = grouping.name
        groups = grouping.categories + (hasMissing ? [Self.missingName] : [])
        subjects = groups.map { "\(grouping.name)=\($0)" }
        codes = hasMissing ? grouping.codes.map { $0 == -1 ? Int32(count) : $0 } : grouping.codes
        isIntersection = false
        missingGroup = hasMissing ? count : nil
    }

    /// Every combination, observed or not; rows that lack any value are in none. The groupings' codes must have been
    /// checked. Nil when there are too many combinations.
    init?(intersectionOf groupings: [ScoredEvidence.Grouping]) {
        var combinations = 1
        for grouping in groupings {
            let (product, overflow) = combinations.multipliedReportingOverflow(by: grouping.categories.count)
            guard !overflow, product <= Self.groupsMax else { return nil }
            combinations = product
        }
        var groups = [""]
        var subjects = [""]
        var codes = [Int32](repeating: 0, count: groupings.first?.codes.count ?? 0)
        for (position, grouping) in groupings.enumerated() {
            let isFirst = position == 0
            groups = groups.flatMap { left in grouping.categories.map { isFirst ? $0 : "\(left) × \($0)" } }
            subjects = subjects.flatMap { left in
                grouping.categories.map { isFirst ? "\(grouping.name)=\($0)" : "\(left), \(grouping.name)=\($0)" }
            }
            let size = Int32(grouping.categories.count)
            for row in codes.indices {
                let code = grouping.codes[row]
                codes[row] = codes[row] < 0 || code < 0 ? -1 : codes[row] * size + code
            }
        }
        name = groupings.map(\.name).joined(separator: " × ")
        self.groups = groups
        self.subjects = subjects
        self.codes = codes
        isIntersection = true
        missingGroup = nil
    }
}
