import Glibc
import Testing

@testable import Statistics

@Suite struct RowDrawsTests {
    private func counts(_ rows: Int, seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        var counts = [UInt8](repeating: 7, count: rows)
        counts.withUnsafeMutableBufferPointer { RowDraws.fill($0, using: &generator) }
        return counts
    }

    @Test("as many rows are drawn as there are", arguments: [1, 2, 300, 32_767, 32_768, 32_769, 100_000, 131_072, 1_000_003])
    func total(_ rows: Int) {
        #expect(counts(rows, seed: 3).reduce(0) { $0 + Int($1) } == rows)
    }

    @Test("every row is drawn alike: the counts have the variance of a multinomial, within and between blocks")
    func uniform() {
        // 70,000 rows are two full blocks and a rest. Over 60 draws a row's total is about Poisson with mean 60.
        let rows = 70_000
        var totals = [Int](repeating: 0, count: rows)
        var thirds = Mean.Sample()
        for seed in 0..<60 {
            let drawn = counts(rows, seed: UInt64(seed))
            for row in 0..<rows { totals[row] += Int(drawn[row]) }
            thirds.add(Double(drawn[..<(rows / 3)].reduce(0) { $0 + Int($1) }))
        }
        let variance = Mean(rows: rows) { (Double(totals[$0]) - 60) * (Double(totals[$0]) - 60) }.value
        #expect(near(variance / 60, 1, 0.02))  // its standard error is 0.005
        let expected = Double(rows) / 3 * (2.0 / 3)
        #expect(near(thirds.mean, Double(rows / 3), 4 * (expected / 60).squareRoot()))
        #expect(thirds.variance / expected > 0.5 && thirds.variance / expected < 1.6)  // standard error 0.18
    }

    @Test(
        "binomial draws have the mean and the variance of a binomial",
        arguments: [(1, 2), (1, 3), (5, 7), (0, 4), (4, 4), (1, 1000)])
    func binomial(_ part: Int, _ whole: Int) {
        var generator = SeededGenerator(seed: 77)
        var sample = Mean.Sample()
        for _ in 0..<4000 { sample.add(Double(generator.binomial(500, chance: part, of: whole))) }
        let p = Double(part) / Double(whole)
        #expect(abs(sample.mean - 500 * p) <= 4 * (500 * p * (1 - p) / 4000).squareRoot())
        #expect(abs(sample.variance - 500 * p * (1 - p)) <= 0.15 * 500 * p * (1 - p))
    }
}

extension Mean {
    /// Numbers of which the mean and the variance are wanted.
    fileprivate struct Sample {
        private var values: [Double] = []
        mutating func add(_ value: Double) { values.append(value) }
        var mean: Double { Mean(rows: values.count) { values[$0] }.value }
        var variance: Double {
            let error = Mean(rows: values.count) { values[$0] }.standardError ?? 0
            return error * error * Double(values.count)
        }
    }
}

@Suite struct BiasCorrectedTests {
    /// Quantiles of a log-normal distribution, σ = 1.
    private static let skewed = (1...60).map { exp(Normal.quantile((Double($0) - 0.5) / 60)) }

    private func resamples(_ seed: UInt64, _ statistic: @escaping ([UInt8]) -> Double?) throws -> Resamples {
        try #require(Bootstrap(seed: seed).resamples(rows: 60, statistics: 1) { statistic($0).map { [$0] } })
    }

    @Test("the BCa interval of a skewed mean agrees with scipy.stats.bootstrap")
    func mean() throws {
        let mean = { (drawn: [UInt8]) in RowMean.of(rows: 60, drawn: drawn) { Self.skewed[$0] } }
        let once = try #require(mean([UInt8](repeating: 1, count: 60)))
        var lower = 0.0
        var upper = 0.0
        for seed in 0..<20 {
            let interval = try #require(try resamples(UInt64(seed), mean).biasCorrectedInterval(0, around: once))
            lower += interval.lower / 20
            upper += interval.upper / 20
        }
        // scipy 1.17.1, method="BCa", 400,000 resamples. The percentile interval there is 1.191…2.122.
        #expect(near(lower, 1.250259730783998, 0.01))
        #expect(near(upper, 2.2427144845390403, 0.02))
    }

    @Test("resamples that do not vary say nothing, and get no interval")
    func constant() throws {
        let found = try resamples(1) { _ in 0.5 }
        #expect(found.biasCorrectedInterval(0, around: 0.5) == nil)
        #expect(found.variedPercentileInterval(0) == nil)
        let perfect = ScoredRows.binary(try BinaryScores(labels: Toy.labels, scores: Toy.labels))
        #expect(MetricComparison(of: .prAUC, candidate: perfect).candidate.value == 1)
        #expect(MetricComparison(of: .prAUC, candidate: perfect).candidate.interval == nil)
    }

    @Test("a value beyond all resamples falls back to percentiles")
    func oneSided() throws {
        let found = try resamples(1) { Double($0[0]) }
        #expect(found.biasCorrectedInterval(0, around: 100) == nil)
        #expect(found.variedPercentileInterval(0) != nil)
    }

    @Test("an estimate says how many resamples it rests on and how they became an interval")
    func method() throws {
        let rows = ScoredRows.binary(try BinaryScores(labels: Toy.labels, scores: Toy.scores))
        let estimate = MetricComparison(of: .ks, candidate: rows, baseline: rows)
        #expect(estimate.candidate.method == .bootstrapBCa && estimate.candidate.replicates == 1000)
        #expect(estimate.difference?.method == .bootstrapPercentile && estimate.difference?.replicates == 1000)
        #expect(MetricComparison(of: .aucROC, candidate: rows).candidate.replicates == nil)
    }

    @Test("the interval of a calibration error holds the error and the truth, 0 included", arguments: [0.0, 0.06])
    func calibrationError(_ shift: Double) throws {
        // Labels follow the scores' own chances, all moved by `shift`; the bins' true error is `shift` then.
        var held = 0
        for seed in 0..<40 {
            var generator = SeededGenerator(seed: UInt64(seed))
            let scores = (0..<400).map { _ in 0.05 + 0.85 * Double(generator.below(1000)) / 1000 }
            let labels = scores.map { Double(generator.below(1_000_000)) < ($0 + shift) * 1e6 ? 1.0 : 0 }
            let rows = ScoredRows.binary(
                try BinaryScores(labels: labels, scores: scores, weights: scores.map { seed % 2 == 0 ? 1 : 0.2 + $0 }))
            let found = MetricComparison(of: .ece, candidate: rows).candidate
            let (value, interval) = (try #require(found.value), try #require(found.interval))
            #expect(found.method == .bootstrapBound && interval.contains(value))
            #expect(interval.upper > value, "chance can hide an error too")
            held += interval.contains(shift) ? 1 : 0
        }
        #expect(held >= 35, "of 40 at 95 % and more")
    }

    @Test("calibration errors of one model twice have the interval of either, and no difference")
    func pairedCalibrationError() throws {
        let labels = Toy.labels
        let rows = ScoredRows.binary(try BinaryScores(labels: labels, scores: Toy.scores))
        let other = ScoredRows.binary(try BinaryScores(labels: labels, scores: Toy.baseline))
        let alone = MetricComparison(of: .ece, candidate: rows).candidate
        let same = MetricComparison(of: .ece, candidate: rows, baseline: rows)
        #expect(same.candidate == alone && same.baseline == alone)
        #expect(same.difference?.interval == Interval(lower: 0, upper: 0))
        let pair = MetricComparison(of: .ece, candidate: other, baseline: rows)
        #expect(pair.baseline == alone)
        let difference = try #require(pair.difference)
        #expect(difference.interval?.contains(difference.difference) == true)
        let perfect = ScoredRows.binary(try BinaryScores(labels: labels, scores: labels))
        #expect(MetricComparison(of: .ece, candidate: perfect).candidate.interval == nil, "nothing varies")
    }

    @Test("weights take part in resampling: equal weights give the same interval")
    func weighted() throws {
        var generator = SeededGenerator(seed: 12)
        let labels = (0..<400).map { _ in Double(generator.below(2)) }
        let scores = labels.map { $0 + generator.normal() }
        let plain = ScoredRows.binary(try BinaryScores(labels: labels, scores: scores))
        let weighted = ScoredRows.binary(
            try BinaryScores(labels: labels, scores: scores, weights: [Double](repeating: 2, count: 400)))
        let first = try #require(MetricComparison(of: .prAUC, candidate: plain).candidate.interval)
        let second = try #require(MetricComparison(of: .prAUC, candidate: weighted).candidate.interval)
        // The draws name places in the one and rows in the other, so only the distributions are equal.
        #expect(near(first.lower, second.lower, 0.01) && near(first.upper, second.upper, 0.01))
    }
}
