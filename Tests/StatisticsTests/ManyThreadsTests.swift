import Dispatch
import Synchronization
import Testing

@testable import Statistics

/// The number of threads cannot be asked for. What can differ with it is who computes which part and when: so the same
/// computation runs alone, and many times at once on threads that fight for the cores, and every bit is compared.
@Suite struct ManyThreadsTests {
    private static let runs = 4

    /// Every number of one computation, alone and in every one of `runs` at once.
    private func expectSameBits(_ compute: @Sendable () throws -> [Double?]) throws {
        let alone = try compute().map { $0?.bitPattern }
        #expect(alone.contains { $0 != nil })
        let others = Mutex<[[UInt64?]?]>([])
        DispatchQueue.concurrentPerform(iterations: Self.runs) { _ in
            let found = try? compute().map { $0?.bitPattern }
            others.withLock { $0.append(found) }
        }
        others.withLock { others in
            #expect(others.count == Self.runs)
            for other in others { #expect(other == alone) }
        }
    }

    private static func scores(_ rows: Int, weighted: Bool) throws -> BinaryScores {
        var generator = SeededGenerator(seed: 91)
        let labels = (0..<rows).map { _ in Double(generator.below(2)) }
        let scores = labels.map { ($0 + Double(generator.below(997)) / 500) / 3 }
        let weights = weighted ? (0..<rows).map { _ in Double(1 + generator.below(9)) / 7 } : nil
        return try BinaryScores(labels: labels, scores: scores, weights: weights)
    }

    private static func ends(_ estimate: Estimate) -> [Double?] {
        [estimate.value, estimate.interval?.lower, estimate.interval?.upper]
    }

    @Test("resamples are the same whoever makes them, and when", arguments: [Metric.prAUC, .ks, .ece, .f1], [false, true])
    func resamples(_ metric: Metric, _ weighted: Bool) throws {
        try expectSameBits {
            // Made anew every time, so that the shared order is sorted anew too.
            let scores = try Self.scores(600, weighted: weighted)
            return Self.ends(MetricComparison(of: metric, candidate: .binary(scores)).candidate)
        }
    }

    @Test("group metrics are the same whoever counts, and when", arguments: [false, true])
    func groups(_ weighted: Bool) throws {
        try expectSameBits {
            // Enough rows for counting and sorting in parts.
            let scores = try Self.scores(40_000, weighted: weighted)
            let codes = (0..<40_000).map { Int32($0 % 7) - 1 }
            let groups = try #require(scores.metrics(byGroup: codes, groups: 6))
            return Self.ends(DeLong.estimate(scores))
                + groups.flatMap { Self.ends($0.auc) + Self.ends($0.aucDifference) + [Double($0.confusion.selected)] }
        }
    }

    @Test("expected performance is the same whoever resamples, and when")
    func expectedPerformance() throws {
        let rows = try Self.scores(1000, weighted: false)
        let labels = rows.labels.map { $0 == 1 }
        try expectSameBits {
            let found = try #require(
                ExpectedPerformance(labels: labels, scores: rows.scores, current: rows.scores.map { $0 * 0.9 }))
            return found.metrics.flatMap {
                [$0.expected, $0.expectedInterval?.lower, $0.expectedInterval?.upper, $0.changeInterval?.lower]
            }
        }
    }
}
