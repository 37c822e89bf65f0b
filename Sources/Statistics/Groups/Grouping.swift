/// Rows put into groups by one column, or by several at once.
package struct Grouping: Sendable, Equatable {
    /// More groups than this are read by nobody, and a column that has them is an identifier rather than a grouping.
    package static let groupsMax = 1000

    /// The columns, in the order of a group's names.
    package let columns: [String]
    /// What the rows of a group have in each column; nil where they have nothing.
    package let groups: [[String?]]
    /// Each row's place in `groups`.
    package let codes: [Int32]

    /// Groups by one column, sorted by name; rows without a value (-1) are a group of their own, the last.
    ///
    /// Nil when a code is out of range or when there are too many groups.
    package init?(column: String, codes: [Int32], names: [String]) {
        guard names.count < Self.groupsMax, codes.allSatisfy({ $0 >= -1 && Int($0) < names.count }) else { return nil }
        let sorted = names.indices.sorted { names[$0] < names[$1] }
        var place = [Int32](repeating: 0, count: names.count)
        for (position, index) in sorted.enumerated() { place[index] = Int32(position) }
        let hasMissing = codes.contains(-1)
        columns = [column]
        groups = sorted.map { [names[$0]] } + (hasMissing ? [[nil]] : [])
        self.codes = codes.map { $0 < 0 ? Int32(names.count) : place[Int($0)] }
    }

    /// Every combination of the groups of several groupings of the same rows, whether a row has it or not.
    ///
    /// Nil when there are too many combinations.
    package init?(intersectionOf groupings: [Grouping]) {
        guard let rows = groupings.first?.codes.count, groupings.allSatisfy({ $0.codes.count == rows }) else { return nil }
        var groups: [[String?]] = [[]]
        var codes = [Int32](repeating: 0, count: rows)
        for grouping in groupings {
            guard groups.count * max(grouping.groups.count, 1) <= Self.groupsMax else { return nil }
            groups = groups.flatMap { left in grouping.groups.map { left + $0 } }
            let size = Int32(grouping.groups.count)
            for row in codes.indices { codes[row] = codes[row] * size + grouping.codes[row] }
        }
        columns = groupings.flatMap(\.columns)
        self.groups = groups
        self.codes = codes
    }

    /// The groupings themselves, then the combinations of two and more of them, fewer columns first. Nil when some combination
    /// has too many groups.
    package static func withIntersections(_ groupings: [Grouping]) -> [Grouping]? {
        // A bit per grouping; a few columns with two groups each already make more combinations than the limit.
        guard groupings.count <= 10 else { return nil }
        let subsets = (1..<(1 << groupings.count)).map { bits in
            groupings.indices.filter { bits >> $0 & 1 == 1 }
        }
        var all: [Grouping] = []
        for subset in subsets.sorted(by: { $0.count == $1.count ? $0.lexicographicallyPrecedes($1) : $0.count < $1.count }) {
            guard subset.count > 1 else {
                all += subset.map { groupings[$0] }
                continue
            }
            guard let intersection = Grouping(intersectionOf: subset.map { groupings[$0] }) else { return nil }
            all.append(intersection)
        }
        return all
    }
}
