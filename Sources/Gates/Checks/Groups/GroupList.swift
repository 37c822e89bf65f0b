import Statistics

/// The groups of one grouping with the names that sentences and records call them by.
struct GroupList {
    static let missingName = "(missing)"

    let grouping: Grouping
    let name: String
    /// Short names for sentences: `small`, `18-25 × small`.
    let groups: [String]
    /// Names for the record: `business_size=small`.
    let subjects: [String]
    /// Groups that are often thin: combinations, and rows without a value. They can fail, but not leave a verdict open.
    let isThin: [Bool]

    var isIntersection: Bool { grouping.columns.count > 1 }

    init(_ grouping: Grouping) {
        self.grouping = grouping
        name = grouping.columns.joined(separator: " × ")
        groups = grouping.groups.map { names in names.map { $0 ?? Self.missingName }.joined(separator: " × ") }
        subjects = grouping.groups.map { names in
            zip(grouping.columns, names).map { "\($0)=\($1 ?? Self.missingName)" }.joined(separator: ", ")
        }
        isThin = grouping.groups.map { $0.count > 1 || $0.contains(nil) }
    }
}
