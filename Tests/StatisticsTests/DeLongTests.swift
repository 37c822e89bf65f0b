import Glibc
import Testing

@testable import Statistics

/// Expected values: numpy, from the full matrix of pairs instead of ranks.
@Suite struct DeLongTests {
    @Test("the logit interval agrees with the matrix of pairs, ties included")
    func logitInterval() throws {
        let estimate = DeLong.estimate(try BinaryScores(labels: Toy.labels, scores: Toy.scores))
        #expect(near(estimate.value, 0.9166666666666667))
        #expect(near(estimate.interval?.lower, 0.600462581933827))
        #expect(near(estimate.interval?.upper, 0.9877317634758582))
    }

    @Test("the paired difference agrees with the matrix of pairs")
    func difference() throws {
        let difference = try #require(
            DeLong.difference(
                try BinaryScores(labels: Toy.labels, scores: Toy.scores),
                minus: try BinaryScores(labels: Toy.labels, scores: Toy.baseline)))
        #expect(near(difference.difference, -0.01388888888888895))
        #expect(near(difference.standardError, 0.06394924685122966))
        #expect(near(difference.p, 0.828063300090419))
    }

    @Test("swapping the models changes the sign and nothing else")
    func antisymmetry() throws {
        let first = try BinaryScores(labels: Toy.labels, scores: Toy.scores)
        let second = try BinaryScores(labels: Toy.labels, scores: Toy.baseline)
        let forward = try #require(DeLong.difference(first, minus: second))
        let backward = try #require(DeLong.difference(second, minus: first))
        #expect(forward.difference == -backward.difference)
        #expect(forward.standardError == backward.standardError)
        #expect(forward.p == backward.p)
    }

    @Test("identical models differ by exactly 0 with p = 1")
    func identical() throws {
        let first = try BinaryScores(labels: Toy.labels, scores: Toy.scores)
        let difference = try #require(DeLong.difference(first, minus: first))
        #expect(difference.difference == 0 && difference.standardError == 0 && difference.p == 1)
        #expect(difference.interval == Interval(lower: 0, upper: 0))
    }

    @Test("models that rank alike are identical to it, whatever their scale")
    func sameRanking() throws {
        let first = try BinaryScores(labels: Toy.labels, scores: Toy.scores)
        let second = try BinaryScores(labels: Toy.labels, scores: Toy.scores.map { $0 * 3 - 1 })
        #expect(DeLong.difference(first, minus: second)?.p == 1)
    }

    @Test("the same order with other ties is another ranking")
    func otherTies() throws {
        let labels: [Double] = [0, 1, 0, 1]
        let difference = try #require(
            DeLong.difference(
                try BinaryScores(labels: labels, scores: [1, 2, 2, 3]),
                minus: try BinaryScores(labels: labels, scores: [1, 2, 3, 4])))
        #expect(difference.difference == 0.125)
        #expect((difference.standardError ?? 0) > 0)
    }

    @Test("two different perfect rankings differ by 0 without claiming certainty")
    func twoPerfect() throws {
        let labels: [Double] = [0, 0, 0, 1, 1, 1]
        let difference = try #require(
            DeLong.difference(
                try BinaryScores(labels: labels, scores: [1, 2, 3, 4, 5, 6]),
                minus: try BinaryScores(labels: labels, scores: [3, 2, 1, 6, 5, 4])))
        #expect(difference.difference == 0)
        #expect(difference.interval == nil)
        #expect(difference.p == nil)
    }

    @Test("a perfect ranking keeps an interval with room for error")
    func perfect() throws {
        let labels: [Double] = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]
        let perfect = DeLong.estimate(try BinaryScores(labels: labels, scores: labels))
        #expect(perfect.value == 1)
        // 0.025^(1/5): five pairs without a common row.
        #expect(near(perfect.interval?.lower, 0.4781762498950185) && perfect.interval?.upper == 1)
        let reversed = DeLong.estimate(try BinaryScores(labels: labels, scores: labels.map { -$0 }))
        #expect(reversed.value == 0)
        #expect(reversed.interval?.lower == 0 && near(reversed.interval?.upper, 1 - 0.4781762498950185))
    }

    @Test("fewer than two rows of a class leave no interval", arguments: [[0.0, 0, 0, 1], [1, 1, 1, 0]])
    func tooFew(_ labels: [Double]) throws {
        let scores = try BinaryScores(labels: labels, scores: [0.3, 0.1, 0.7, 0.5])
        let other = try BinaryScores(labels: labels, scores: [0.1, 0.3, 0.2, 0.5])
        #expect(DeLong.estimate(scores).value != nil)
        #expect(DeLong.estimate(scores).interval == nil)
        #expect(DeLong.difference(scores, minus: other)?.interval == nil)
    }

    @Test("a single class has no difference")
    func singleClass() throws {
        let scores = try BinaryScores(labels: [1, 1], scores: [0.1, 0.2])
        #expect(DeLong.difference(scores, minus: scores) == nil)
        #expect(DeLong.estimate(scores) == Estimate(value: nil, interval: nil, method: .delongLogit))
    }

    @Test("the interval covers the true AUC about as often as it promises")
    func coverage() throws {
        // Normal scores shifted by d have AUC Φ(d/√2). 50 positives and 200 negatives: 94.7 % in 4 000 simulations of
        // the same design in numpy; 600 here leave a standard error of 0.9 points.
        let shift = 2.0.squareRoot() * Normal.quantile(0.9)
        var generator = SeededGenerator(seed: 2026)
        let labels = [Double](repeating: 1, count: 50) + [Double](repeating: 0, count: 200)
        var covered = 0
        for _ in 0..<600 {
            let values = labels.map { generator.normal() + $0 * shift }
            let interval = DeLong.estimate(try BinaryScores(labels: labels, scores: values)).interval
            if interval?.contains(0.9) == true { covered += 1 }
        }
        #expect((552...588).contains(covered), "\(covered) of 600")
    }
}

@Suite struct MetricComparisonTests {
    private func rows(_ scores: [Double]) throws -> ScoredRows {
        .binary(try BinaryScores(labels: Toy.labels, scores: scores))
    }

    @Test("a difference of means is the paired t test's")
    func pairedMeans() throws {
        // scipy 1.17.1: ttest_rel of the squared errors, and t.interval of the candidate's.
        let comparison = MetricComparison(of: .brier, candidate: try rows(Toy.scores), baseline: try rows(Toy.baseline))
        let difference = try #require(comparison.difference)
        #expect(near(difference.difference, -0.02875))
        #expect(near(difference.interval?.lower, -0.08749827483801564))
        #expect(near(difference.interval?.upper, 0.02999827483801564))
        #expect(near(difference.p, 0.30448640488921114))
        #expect(near(comparison.candidate.interval?.lower, 0.010854031105455186))
        #expect(near(comparison.candidate.interval?.upper, 0.19664596889454483))
    }

    @Test("every metric of identical models differs by 0", arguments: [Metric.aucROC, .prAUC, .ks, .ece, .f1, .brier, .accuracy])
    func identical(_ metric: Metric) throws {
        let comparison = MetricComparison(of: metric, candidate: try rows(Toy.scores), baseline: try rows(Toy.scores))
        let difference = try #require(comparison.difference)
        #expect(difference.difference == 0)
        #expect(difference.interval == Interval(lower: 0, upper: 0))
    }

    @Test("accuracy has Wilson's interval")
    func accuracy() throws {
        let comparison = MetricComparison(of: .accuracy, candidate: try rows(Toy.scores))
        #expect(comparison.candidate.method == .wilson)
        #expect(comparison.candidate.interval == Proportion.wilson(10, of: 12))
        #expect(comparison.baseline == nil && comparison.difference == nil)
    }

    @Test("a bootstrap comparison is paired: its interval is that of the same rows, not of two samples")
    func pairedBootstrap() throws {
        var generator = SeededGenerator(seed: 9)
        let labels = (0..<300).map { _ in Double(generator.below(2)) }
        let shared = labels.map { $0 + generator.normal() }
        let candidate = ScoredRows.binary(try BinaryScores(labels: labels, scores: shared.map { $0 + 0.05 * generator.normal() }))
        let baseline = ScoredRows.binary(try BinaryScores(labels: labels, scores: shared.map { $0 + 0.05 * generator.normal() }))
        let comparison = MetricComparison(of: .ks, candidate: candidate, baseline: baseline)
        let own = try #require(comparison.candidate.interval)
        let paired = try #require(comparison.difference?.interval)
        #expect(paired.upper - paired.lower < 0.6 * (own.upper - own.lower))
        #expect(own.contains(try #require(comparison.candidate.value)))
    }
}
