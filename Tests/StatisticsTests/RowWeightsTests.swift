import Testing

@testable import Statistics

@Suite struct RowWeightsTests {
    /// One row of weight 0, fractions, and weights above 1, on the rows of `Toy`.
    private static let weights: [Double] = [1, 2, 0.5, 3, 0, 1.5, 2, 2.5, 1, 0.25, 4, 1]

    private func toy(_ scores: [Double] = Toy.scores, _ weights: [Double]? = weights) throws -> BinaryScores {
        try BinaryScores(labels: Toy.labels, scores: scores, weights: weights)
    }

    @Test("weighted metrics agree with scikit-learn's sample_weight")
    func metrics() throws {
        // scikit-learn 1.9.1.
        let rows = ScoredRows.binary(try toy())
        #expect(near(rows.value(of: .aucROC), 0.9296000000000001))
        #expect(near(rows.value(of: .prAUC), 0.9657471264367816))
        #expect(near(rows.value(of: .ks), 0.76))
        #expect(near(rows.value(of: .logLoss), 0.30503668508493154))
        #expect(near(rows.value(of: .brier), 0.09716666666666668))
        #expect(near(rows.value(of: .accuracy), 0.84))
        #expect(near(rows.value(of: .f1), 0.8636363636363636))
        // numpy, from the bins' weighted sums.
        #expect(near(rows.value(of: .ece), 0.1913333333333333))
    }

    @Test("weighted F1 is what rows drawn as often as they weigh give")
    func drawnF1() throws {
        let drawn: [UInt8] = [1, 2, 5, 3, 0, 1, 2, 7, 1, 2, 4, 1]
        let weighted = try #require(try toy(Toy.scores, drawn.map(Double.init)).f1())
        let resampled = try toy(Toy.scores, nil).f1(drawn: drawn)
        #expect(weighted == resampled)
        // Weight 2 on every row changes nothing; drawn once more, it is a weight like any other.
        let doubled = try toy(Toy.scores, [Double](repeating: 2, count: 12))
        #expect(doubled.f1(drawn: drawn) == weighted && weighted != doubled.f1())
    }

    @Test(
        "weighted multiclass metrics agree with scikit-learn's sample_weight",
        arguments: [
            (Metric.accuracy, 0.8367346938775511), (.logLoss, 0.5260054397928864), (.f1Macro, 0.8609625668449198),
            (.aucOVRMacro, 1.0),
        ])
    func multiclass(_ metric: Metric, _ expected: Double) throws {
        let rows = try ScoredRows(
            for: metric, labels: MulticlassScoresTests.labels, answers: MulticlassScoresTests.answers,
            weights: [1, 0.5, 3, 2, 0, 1.5, 0.25, 4], decisionThreshold: 0.5)
        #expect(near(rows.value(of: metric), expected))
    }

    @Test(
        "weighted regression metrics agree with scikit-learn's sample_weight",
        arguments: [(Metric.rmse, 1.034559084827928), (.mae, 0.8125), (.r2, 0.9208949837603753)])
    func regression(_ metric: Metric, _ expected: Double) throws {
        let rows = try ScoredRows(
            for: metric, labels: [1.5, 2, 3.25, -1, 0, 10], answers: ScoreMatrix(values: [1, 2.5, 3, 0, 0.5, 8]),
            weights: [1, 0.5, 3, 2, 0, 1.5], decisionThreshold: 0.5)
        #expect(near(rows.value(of: metric), expected))
    }

    @Test("the weighted DeLong interval and difference agree with the weighted matrix of pairs")
    func delong() throws {
        // numpy, from the documented formula and the full matrix of pairs.
        let estimate = DeLong.estimate(try toy())
        #expect(near(estimate.value, 0.9296000000000001))
        #expect(near(estimate.interval?.lower, 0.4551127413374091))
        #expect(near(estimate.interval?.upper, 0.9952325078913219))
        let difference = try #require(DeLong.difference(try toy(), minus: try toy(Toy.baseline)))
        #expect(near(difference.difference, -0.0704))
        #expect(near(difference.standardError, 0.09217716740913055))
    }

    @Test("equal weights give the unweighted numbers, whatever their size", arguments: [1, 3, 1e-300, 1e300])
    func equalWeights(_ weight: Double) throws {
        let weights = [Double](repeating: weight, count: Toy.labels.count)
        let weighted = DeLong.estimate(try toy(Toy.scores, weights))
        let plain = DeLong.estimate(try toy(Toy.scores, nil))
        #expect(near(weighted.interval?.lower, try #require(plain.interval?.lower)))
        #expect(near(weighted.interval?.upper, try #require(plain.interval?.upper)))
        func brier(_ weights: [Double]?) throws -> PairedDifference? {
            let rows = try [Toy.scores, Toy.baseline].map { ScoredRows.binary(try toy($0, weights)) }
            return MetricComparison(of: .brier, candidate: rows[0], baseline: rows[1]).difference
        }
        let means = try (#require(try brier(weights)), #require(try brier(nil)))
        #expect(near(means.0.standardError, try #require(means.1.standardError)))
        #expect(near(means.0.p, try #require(means.1.p)))
    }

    @Test("a mean's standard error uses the effective number of rows")
    func mean() throws {
        // numpy: 7.845 effective rows of 12.
        let weights = try RowWeights(Self.weights, rows: 12)
        #expect(near(weights.effectiveRows, 7.845188284518828))
        let mean = Mean(rows: 12, weights: weights) { row in
            let distance = Toy.scores[row] - Toy.labels[row]
            return distance * distance
        }
        #expect(near(mean.value, 0.09716666666666668))
        #expect(near(mean.standardError, 0.054945562202595624))
        #expect(mean.count == 11)
    }

    @Test("a row of weight 0 is no row")
    func zeroWeight() throws {
        var weights = [Double](repeating: 1, count: 12)
        weights[4] = 0
        let without = Toy.labels.indices.filter { $0 != 4 }
        let fewer = try BinaryScores(labels: without.map { Toy.labels[$0] }, scores: without.map { Toy.scores[$0] })
        let zeroed = try toy(Toy.scores, weights)
        #expect(near(zeroed.auc(), try #require(fewer.auc())))
        #expect(near(DeLong.estimate(zeroed).interval?.lower, try #require(DeLong.estimate(fewer).interval?.lower)))
        let positivesOnly = try BinaryScores(labels: [0, 1, 1], scores: [0.1, 0.2, 0.3], weights: [0, 1, 1])
        #expect(positivesOnly.auc() == nil && !positivesOnly.hasBothClasses)
    }

    @Test("one row that has all the weight of its class leaves no interval")
    func oneHeavyRow() throws {
        let scores = try BinaryScores(
            labels: [0, 0, 1, 1], scores: [0.1, 0.6, 0.5, 0.4], weights: [1, 1, 1, 1e-30])
        #expect(DeLong.estimate(scores).value == 0.5)
        #expect(DeLong.estimate(scores).interval == nil)
    }

    @Test("weights that cannot be used are refused with their count and first row")
    func defects() {
        func defect(_ weights: [Double]) -> ScoreDefect? {
            do throws(ScoreDefect) {
                _ = try RowWeights(weights, rows: 3)
                return nil
            } catch { return error }
        }
        #expect(defect([1, -1, .nan]) == .weights(count: 2, firstRow: 2))
        #expect(defect([1, 2, .infinity]) == .weights(count: 1, firstRow: 3))
        #expect(defect([0, 0, 0]) == .noWeight)
        #expect(defect([1, 1]) == .weightCounts(rows: 3, weights: 2))
        #expect(defect([0, .leastNonzeroMagnitude, .greatestFiniteMagnitude]) == nil)
    }
}
