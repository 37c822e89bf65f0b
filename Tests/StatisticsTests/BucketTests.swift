import Testing

@testable import Statistics

@Suite struct BucketTests {
    /// Columns of every shape that the digits of a key see: signs, exponents, ties, nothing but noise.
    static let columns: [[Double]] = {
        var generator = SeededGenerator(seed: 5)
        let count = 20_000
        return [
            (0..<count).map { _ in generator.normal() },
            (0..<count).map { _ in 100 + generator.uniform() },
            (0..<count).map { _ in generator.normal() / generator.normal() },
            (0..<count).map { _ in Double(generator.below(12)) - 6 },
            (0..<count).map { _ in generator.below(4) == 0 ? .nan : generator.normal() },
            (0..<count).map { _ in generator.below(50) == 0 ? -.infinity : -1e300 * generator.uniform() },
            (0..<count).map { _ in Double.leastNonzeroMagnitude * Double(generator.below(9)) },
            [Double](repeating: -0.0, count: count), [3, 1, 2], [.nan, 7], [],
        ]
    }()

    @Test("sorting by digits is sorting", arguments: columns)
    func sorting(_ column: [Double]) {
        let sorted = SortedValues(column)
        #expect(sorted.values == column.filter { !$0.isNaN }.sorted())
        #expect(sorted.missing == column.count { $0.isNaN })
    }

    @Test("selected ranks are those of the sorted values", arguments: columns.filter { !$0.isEmpty })
    func selection(_ column: [Double]) {
        let sorted = SortedValues(column).values
        let ranks = [0, sorted.count / 7, sorted.count / 2, sorted.count / 2, sorted.count - 1]
        #expect(RankSelection.values(of: column, at: ranks) == ranks.map { sorted[$0] })
    }

    @Test("deciles and counts are the same from sorted values and from rows", arguments: columns)
    func sameEitherWay(_ column: [Double]) {
        let sorted = SortedValues(column)
        let edges = Deciles.edges(of: column)
        #expect(edges == Deciles.edges(ofSorted: sorted))
        #expect(edges.count >= 2 && zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 })
        for other in Self.columns {
            let counted = BucketCounts.count(other, in: edges)
            #expect(counted.counts == SortedValues(other).counts(in: edges))
            #expect(counted.counts.reduce(0, +) + counted.missing == other.count)
        }
    }

    @Test("many edges are searched, with the same counts")
    func manyEdges() {
        let edges = (0...500).map { Double($0) / 100 - 2.5 }
        for column in Self.columns {
            #expect(BucketCounts.count(column, in: edges).counts == SortedValues(column).counts(in: edges))
        }
    }

    @Test("a value on an edge begins the bucket above it, and the last bucket is closed")
    func onEdges() {
        #expect(BucketCounts.count([0, 1, 2, 3, 3.5, -9], in: [0, 1, 2, 3]).counts == [2, 1, 3])
    }
}
