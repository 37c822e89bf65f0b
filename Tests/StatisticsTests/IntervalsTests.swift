import Testing

@testable import Statistics

@Suite struct ProportionTests {
    @Test(
        "Wilson's interval agrees with scipy and does not collapse at 0 or all",
        // scipy 1.17.1, binomtest(...).proportion_ci(method="wilson").
        arguments: [
            (0, 20, 0, 0.16112515805281935), (20, 20, 0.8388748419471808, 1), (17, 60, 0.18506828428432714, 0.4076728516439118),
        ])
    func wilson(_ successes: Int, _ trials: Int, _ lower: Double, _ upper: Double) throws {
        let interval = try #require(Proportion.wilson(successes, of: trials))
        #expect(near(interval.lower, lower) && near(interval.upper, upper))
    }

    @Test("no trials, no interval")
    func noTrials() {
        #expect(Proportion.wilson(0, of: 0) == nil)
    }
}

@Suite struct MeanTests {
    @Test("one row has a mean but no interval")
    func oneRow() {
        let mean = Mean(rows: 1) { _ in 3 }
        #expect(mean.value == 3)
        #expect(mean.interval == nil)
    }

    @Test("a mean far from 0 keeps the digits of its variance")
    func farFromZero() {
        let mean = Mean(rows: 4) { 1e9 + [4, 7, 13, 16][$0] }
        // The variance of 4, 7, 13, 16 is 30.
        #expect(near(mean.standardError, (30.0 / 4).squareRoot(), 1e-9))
    }
}

@Suite struct BootstrapTests {
    @Test("the same seed gives the same interval, another seed another one near it")
    func seeds() throws {
        var generator = SeededGenerator(seed: 1)
        let labels = (0..<200).map { _ in Double(generator.below(2)) }
        let rows = ScoredRows.binary(try BinaryScores(labels: labels, scores: labels.map { $0 + generator.normal() }))
        func interval(_ seed: UInt64) throws -> Interval {
            let comparison = MetricComparison(of: .ks, candidate: rows, bootstrap: Bootstrap(seed: seed))
            return try #require(comparison.candidate.interval)
        }
        #expect(try interval(1) == interval(1))
        #expect(try interval(1) != interval(2))
    }

    @Test("the percentile interval of a mean agrees with the one from theory")
    func agreesWithTheory() throws {
        var generator = SeededGenerator(seed: 11)
        let values = (0..<400).map { _ in generator.normal() }
        let resamples = try #require(
            Bootstrap(seed: 5).resamples(rows: 400, statistics: 1) { drawn in
                RowMean.of(rows: 400, drawn: drawn) { values[$0] }.map { [$0] }
            })
        let interval = try #require(resamples.percentileInterval(0))
        let theory = try #require(Mean(rows: 400) { values[$0] }.interval)
        #expect(near(interval.lower, theory.lower, 0.02) && near(interval.upper, theory.upper, 0.02))
    }

    @Test("work is bounded: more rows, fewer resamples, never too few")
    func replicates() {
        #expect(Bootstrap.replicates(rows: 10) == 1000)
        #expect(Bootstrap.replicates(rows: 250_000) == 400)
        #expect(Bootstrap.replicates(rows: 100_000_000) == 200)
    }

    @Test("a statistic that most resamples leave undefined has no interval")
    func mostlyUndefined() throws {
        // One positive: more than a third of the resamples miss it.
        let rows = ScoredRows.binary(try BinaryScores(labels: [1, 0, 0, 0, 0], scores: [0.9, 0.1, 0.2, 0.3, 0.4]))
        let comparison = MetricComparison(of: .prAUC, candidate: rows)
        #expect(comparison.candidate.value == 1)
        #expect(comparison.candidate.interval == nil)
    }
}
