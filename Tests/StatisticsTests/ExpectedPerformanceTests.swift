import Testing

@testable import Statistics

@Suite struct ExpectedPerformanceTests {
    private func rows(_ count: Int, seed: UInt64) -> (labels: [Bool], scores: [Double]) {
        var generator = SeededGenerator(seed: seed)
        // Coarse scores: many rows share one.
        let scores = (0..<count).map { _ in Double(1 + generator.below(98)) / 99 }
        return (scores.map { Double(generator.below(1_000_000)) < $0 * 1e6 }, scores)
    }

    @Test("places drawn once each give the estimate of the rows, drawn twice the same shares")
    func places() throws {
        let (labels, scores) = rows(500, seed: 3)
        // Scores that are no probabilities, so that the fit is made anew from what was drawn.
        let sample = LabelledScores(
            labels: labels, scores: scores.map { 5 * $0 - 1 }, current: scores.map { 4 * $0 - 0.5 }, threshold: 1)
        #expect(sample.calibrates)
        let plain = sample.estimate(reference: nil, current: nil)
        let once = [UInt8](repeating: 1, count: 500)
        let drawn = sample.estimate(reference: once, current: once)
        let doubled = sample.estimate(reference: once.map { 2 * $0 }, current: once)
        for metric in [ExpectedMetric.aucROC, .accuracy] {
            #expect(drawn.onReference[metric] == plain.onReference[metric])
            #expect(drawn.onCurrent[metric] == plain.onCurrent[metric])
            #expect(drawn.realized[metric] == plain.realized[metric])
            #expect(near(doubled.realized[metric], try #require(plain.realized[metric])))
        }
        #expect(near(drawn.calibrationError, try #require(plain.calibrationError)))
    }

    @Test("a place drawn is a row drawn: the same metrics as those rows written out")
    func drawnRows() throws {
        let (labels, scores) = rows(300, seed: 5)
        let sample = LabelledScores(labels: labels, scores: scores, current: scores, threshold: 0.5)
        var generator = SeededGenerator(seed: 6)
        let drawn = (0..<300).map { _ in UInt8(generator.below(3)) }
        // Places are rows by score, negatives before positives.
        let order = labels.indices.sorted { (scores[$0], labels[$0] ? 1 : 0) < (scores[$1], labels[$1] ? 1 : 0) }
        let written = order.indices.flatMap { [Int](repeating: order[$0], count: Int(drawn[$0])) }
        let binary = try BinaryScores(labels: written.map { labels[$0] ? 1 : 0 }, scores: written.map { scores[$0] })
        let found = sample.estimate(reference: drawn, current: nil).realized
        #expect(near(found[.aucROC], try #require(binary.auc())))
        #expect(near(found[.logLoss], try #require(ScoredRows.binary(binary).value(of: .logLoss))))
        #expect(near(found[.brier], try #require(ScoredRows.binary(binary).value(of: .brier))))
        #expect(near(found[.accuracy], try #require(ScoredRows.binary(binary).value(of: .accuracy))))
    }

    @Test("intervals hold their estimates, and many rows get fewer resamples, never below 100")
    func resamples() throws {
        let (labels, scores) = rows(2000, seed: 7)
        let small = try #require(ExpectedPerformance(labels: labels, scores: scores, current: scores))
        #expect(small.replicates == 200)
        for metric in small.metrics {
            #expect(metric.expectedInterval?.contains(try #require(metric.expected)) == true, "\(metric.metric)")
        }
        let (many, manyScores) = rows(600_000, seed: 8)
        let large = try #require(ExpectedPerformance(labels: many, scores: manyScores, current: manyScores + manyScores))
        #expect(large.replicates == 100)
        let auc = try #require(large.metrics.first { $0.metric == .aucROC })
        let width = try #require(auc.expectedInterval).upper - (try #require(auc.expectedInterval)).lower
        #expect(width > 0 && width < 0.01)
    }
}
