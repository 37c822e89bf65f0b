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

    /// Three groups at random and four by hand: ranked alike though the scores differ; two positives changing places, which
    /// no pair of classes notices; one class only; ties under one model that the other breaks.
    private static func twoModels(weighted: Bool) throws -> (BinaryScores, BinaryScores, Grouping) {
        var generator = SeededGenerator(seed: 17)
        let rows = 3000
        var labels = (0..<rows).map { _ in Double(generator.below(2)) }
        var candidate = labels.map { ($0 + Double(generator.below(97)) / 40) / 4 }
        var baseline = candidate.map { $0 * 0.9 + Double(generator.below(7)) / 80 }
        var codes = (0..<rows).map { _ in Int32(generator.below(3)) }
        for (group, part) in [
            ([0, 1, 1, 0], [0.1, 0.2, 0.5, 0.4], [0.2, 0.3, 0.9, 0.8]),
            ([0, 1, 1, 0], [0.1, 0.7, 0.6, 0.2], [0.1, 0.6, 0.7, 0.2]),
            ([1, 1, 1, 1], [0.1, 0.7, 0.6, 0.2], [0.1, 0.6, 0.7, 0.2]),
            ([0, 1, 1, 0], [0.5, 0.5, 0.5, 0.2], [0.5, 0.4, 0.6, 0.2]),
        ].enumerated() {
            labels += part.0.map(Double.init)
            candidate += part.1
            baseline += part.2
            codes += [Int32](repeating: Int32(group + 3), count: 4)
        }
        let weights = weighted ? labels.map { _ in Double(generator.below(5)) / 3 } : nil
        return (
            try BinaryScores(labels: labels, scores: candidate, weights: weights),
            try BinaryScores(labels: labels, scores: baseline, weights: weights, decisionThreshold: 0.4),
            try #require(Grouping(column: "g", codes: codes, names: (0..<8).map { "g\($0)" }))
        )
    }

    @Test("groups ranked in one walk have every bit of a group ranked alone", arguments: [false, true])
    func alone(_ weighted: Bool) throws {
        let (candidate, baseline, grouping) = try Self.twoModels(weighted: weighted)
        let comparisons = try #require(
            GroupComparison.againstBaseline(candidate, baseline, grouping, minimums: GroupMinimums(rows: 1, classRows: 1)))
        for (group, comparison) in comparisons.enumerated().dropLast() {
            func part(_ scores: BinaryScores) throws -> BinaryScores {
                let rows = grouping.codes.indices.filter { Int(grouping.codes[$0]) == group }
                return try BinaryScores(
                    bytes: rows.map { scores.labels[$0] }, scores: rows.map { scores.scores[$0] },
                    weights: scores.weights.map { weights in rows.map { weights.values[$0] } },
                    decisionThreshold: scores.decisionThreshold)
            }
            let (own, other) = (try part(candidate), try part(baseline))
            let auc = DeLong.difference(own, minus: other)
            #expect(comparison.auc.difference == auc?.difference && comparison.auc.standardError == auc?.standardError)
            #expect(comparison.auc.interval == auc?.interval && comparison.auc.p == auc?.p)
            let rate = try? PairedDecisions(own, other).difference(of: .selectionRate).get()
            #expect(rate != nil && comparison.selectionRate.difference == rate?.difference)
            #expect(comparison.selectionRate.standardError == rate?.standardError)
        }
        #expect(comparisons[7].auc.reason == .empty && comparisons[7].selectionRate.reason == .empty)
        guard !weighted else { return }
        #expect(comparisons[3].auc.p == 1 && comparisons[3].auc.reason == nil)
        #expect(comparisons[4].auc.difference == 0 && comparisons[4].auc.reason == .noVariance)
        #expect(comparisons[5].auc.difference == nil && comparisons[5].auc.reason == .singleClass)
        #expect(comparisons[6].auc.difference != nil)
    }

    @Test("a grouping of other rows is refused")
    func otherRows() throws {
        let all = try BinaryScores(labels: [0, 1], scores: [0.1, 0.2])
        #expect(GroupComparison.againstComplement(all, try grouping()) == nil)
        #expect(GroupComparison.againstBaseline(all, all, try grouping()) == nil)
    }
}
