import Glibc
import Testing

@testable import Statistics

@Suite struct GroupingTests {
    @Test("groups are sorted by name; rows without a value are the last group")
    func sorted() throws {
        let grouping = try #require(Grouping(column: "g", codes: [1, 0, -1, 1], names: ["b", "a"]))
        #expect(grouping.groups == [["a"], ["b"], [nil]])
        #expect(grouping.codes == [0, 1, 2, 0])
    }

    @Test("every combination is listed, observed or not, fewer columns first")
    func combinations() throws {
        let one = try #require(Grouping(column: "g", codes: [0, 1], names: ["a", "b"]))
        let other = try #require(Grouping(column: "h", codes: [0, 1], names: ["x", "y"]))
        let all = try #require(Grouping.withIntersections([one, other]))
        #expect(all.map(\.columns) == [["g"], ["h"], ["g", "h"]])
        #expect(all[2].groups == [["a", "x"], ["a", "y"], ["b", "x"], ["b", "y"]] && all[2].codes == [0, 3])
    }

    @Test("too many groups, and codes out of range, are refused")
    func refused() throws {
        let names = (0..<Grouping.groupsMax).map(String.init)
        #expect(Grouping(column: "g", codes: [0], names: names) == nil)
        #expect(Grouping(column: "g", codes: [2], names: ["a"]) == nil)
        let wide = try #require(Grouping(column: "g", codes: [0], names: Array(names.prefix(40))))
        #expect(Grouping.withIntersections([wide, wide]) == nil)
        #expect(Grouping.withIntersections([Grouping](repeating: wide, count: 64)) == nil)
    }
}

@Suite struct GroupComparisonTests {
    static let labels: [Double] = (0..<240).map { row in row * 7 % 3 == 0 ? 1 : 0 }
    static let scores: [Double] = (0..<240).map { row in
        let place = row * 37 + (row % 3 == 0 ? 90 : 0)
        return Double(place % 240) / 240
    }
    static let codes: [Int32] = (0..<240).map { row in row % 5 == 0 ? 0 : row % 2 == 0 ? 1 : 2 }

    private func grouping(_ codes: [Int32] = codes) throws -> Grouping {
        try #require(Grouping(column: "g", codes: codes, names: ["a", "b", "c"]))
    }

    @Test("a group and the rest, parted in one pass, are DeLong's of either alone")
    func parted() throws {
        let all = try BinaryScores(labels: Self.labels, scores: Self.scores)
        let comparisons = try #require(GroupComparison.againstComplement(all, try grouping()))
        for group in 0..<3 {
            func alone(_ isIn: Bool) throws -> (Double, Double) {
                let rows = Self.codes.indices.filter { (Int(Self.codes[$0]) == group) == isIn }
                let part = try BinaryScores(labels: rows.map { Self.labels[$0] }, scores: rows.map { Self.scores[$0] })
                let estimate = DeLong.estimate(part)
                let value = try #require(estimate.value)
                let interval = try #require(estimate.interval)
                // The logit interval gives the standard error back.
                let width = log(interval.upper / (1 - interval.upper)) - log(interval.lower / (1 - interval.lower))
                return (value, width / (2 * Interval.z) * value * (1 - value))
            }
            let (own, rest) = (try alone(true), try alone(false))
            #expect(near(comparisons[group].auc.difference, own.0 - rest.0))
            let error = (own.1 * own.1 + rest.1 * rest.1).squareRoot()
            #expect(near(comparisons[group].auc.standardError, error, 1e-10))
        }
    }

    @Test("two groups that make up all rows are one question: nothing is adjusted")
    func mirrored() throws {
        let all = try BinaryScores(labels: Self.labels, scores: Self.scores)
        let comparisons = try #require(GroupComparison.againstComplement(all, try grouping(Self.codes.map { min($0, 1) })))
        #expect(comparisons[0].auc.p == comparisons[0].auc.adjustedP && comparisons[0].auc.p != nil)
        #expect(near(comparisons[1].auc.p, try #require(comparisons[0].auc.p)))
        #expect(comparisons[2].auc.reason == .empty)
    }

    @Test("a group below the least size has its difference and no p-value")
    func small() throws {
        let all = try BinaryScores(labels: Self.labels, scores: Self.scores)
        let comparisons = try #require(
            GroupComparison.againstComplement(all, try grouping(), minimums: GroupMinimums(rows: 60)))
        #expect(comparisons[0].auc.reason == .tooSmall && comparisons[0].auc.p == nil && comparisons[0].auc.difference != nil)
        #expect(comparisons[1].auc.reason == nil && comparisons[1].auc.adjustedP != nil)
    }

    @Test("a model compared with itself changes nothing for any group")
    func same() throws {
        let all = try BinaryScores(labels: Self.labels, scores: Self.scores)
        for comparison in try #require(GroupComparison.againstBaseline(all, all, try grouping())) {
            #expect(comparison.auc.difference == 0 && comparison.auc.p == 1 && comparison.auc.adjustedP == 1)
            #expect(!comparison.auc.isBelow && !comparison.auc.isAbove)
        }
    }

    @Test("a grouping of other rows is refused")
    func otherRows() throws {
        let all = try BinaryScores(labels: [0, 1], scores: [0.1, 0.2])
        #expect(GroupComparison.againstComplement(all, try grouping()) == nil)
        #expect(GroupComparison.againstBaseline(all, all, try grouping()) == nil)
    }
}
