import Testing

@testable import Statistics

/// Twelve rows with ties across the classes and probabilities of exactly 0 and 1. Expected values: scikit-learn 1.9.1.
enum Toy {
    static let labels: [Double] = [0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0]
    static let scores = [0.1, 0.4, 0.4, 0.8, 0.4, 0.9, 0.2, 0.35, 0.8, 0.05, 1.0, 0.0]
    static let baseline = [0.2, 0.3, 0.5, 0.7, 0.6, 0.6, 0.2, 0.4, 0.9, 0.1, 0.7, 0.3]
}

@Suite struct BinaryScoresTests {
    @Test("ranking metrics agree with scikit-learn, ties included")
    func ranking() throws {
        let scores = try BinaryScores(labels: Toy.labels, scores: Toy.scores)
        #expect(scores.auc() == 33.0 / 36)
        #expect(near(scores.averagePrecision(), 0.9107142857142857))
        #expect(near(scores.kolmogorovSmirnov(), 0.6666666666666666))
    }

    @Test("probability metrics agree with scikit-learn")
    func probabilities() throws {
        let rows = ScoredRows.binary(try BinaryScores(labels: Toy.labels, scores: Toy.scores))
        #expect(near(rows.value(of: .logLoss), 0.3266007569625539))
        #expect(near(rows.value(of: .brier), 0.10375))
        #expect(near(rows.value(of: .accuracy), 0.8333333333333334))
        #expect(near(rows.value(of: .f1), 0.8))
        // Not in scikit-learn; computed with numpy from the definition.
        #expect(near(rows.value(of: .ece), 0.1416666666666667))
    }

    @Test("log loss clips a certain and wrong answer instead of answering infinity")
    func logLossClips() throws {
        // scikit-learn: two of four rows certain and wrong give 18.02.
        let rows = ScoredRows.binary(try BinaryScores(labels: [1, 0, 1, 0], scores: [0, 1, 1, 0]))
        #expect(near(rows.value(of: .logLoss), 18.021826694558577, 1e-9))
    }

    @Test("a score equal to the threshold is a positive decision")
    func thresholdIsInclusive() throws {
        let scores = try BinaryScores(labels: [0, 1, 1], scores: [0.5, 0.5, 0.4])
        #expect(scores.decisionTable().cells.map(\.rows) == [0, 1, 1, 1])
        let stricter = try BinaryScores(labels: [0, 1, 1], scores: [0.5, 0.5, 0.4], decisionThreshold: 0.51)
        #expect(stricter.decisionTable().selected.rows == 0)
    }

    @Test("a rate over nothing is nil, not 0")
    func emptyDenominators() throws {
        let scores = try BinaryScores(labels: [0, 0], scores: [0.1, 0.2])
        let counts = try #require(scores.confusions(byGroup: [0, 0], groups: 1))[0]
        #expect(counts.truePositiveRate == nil)
        #expect(counts.falsePositiveRate == 0)
        #expect(DecisionMetric.precision.share(scores.decisionTable())?.value == nil)
        #expect(ScoredRows.binary(scores).value(of: .f1) == nil)
    }

    @Test("a single class has no AUC, average precision or KS", arguments: [0.0, 1.0])
    func singleClass(_ label: Double) throws {
        let scores = try BinaryScores(labels: [label, label, label], scores: [0.1, 0.5, 0.9])
        #expect(!scores.hasBothClasses)
        #expect(scores.auc() == nil)
        #expect(scores.averagePrecision() == nil)
        #expect(scores.kolmogorovSmirnov() == nil)
    }

    @Test("scores that are all tied rank by chance")
    func allTied() throws {
        let scores = try BinaryScores(labels: [0, 1, 0, 1, 1], scores: [0.3, 0.3, 0.3, 0.3, 0.3])
        #expect(scores.auc() == 0.5)
        #expect(scores.kolmogorovSmirnov() == 0)
        #expect(near(scores.averagePrecision(), 0.6))
    }

    @Test("minus zero and zero are tied")
    func signedZero() throws {
        #expect(try BinaryScores(labels: [0, 1], scores: [0.0, -0.0]).auc() == 0.5)
        #expect(try BinaryScores(labels: [1, 0], scores: [0.0, -0.0]).auc() == 0.5)
    }

    @Test("rows that cannot be ranked are refused with their count and first row")
    func defects() {
        #expect(throws: ScoreDefect.notFinite(count: 2, firstRow: 2)) {
            try BinaryScores(labels: [0, 1, 0, 1], scores: [0.1, .nan, 0.2, .infinity])
        }
        #expect(throws: ScoreDefect.labels(count: 2, firstRow: 3, expected: "0 or 1")) {
            try BinaryScores(labels: [0, 1, 2, .nan], scores: [0.1, 0.2, 0.3, 0.4])
        }
        #expect(throws: ScoreDefect.rowCounts(labels: 1, answers: 2)) {
            try BinaryScores(labels: [0], scores: [0.1, 0.2])
        }
        #expect(throws: ScoreDefect.noRows) { try BinaryScores(labels: [], scores: []) }
    }

    @Test("scores outside 0…1 rank but are not probabilities")
    func margins() throws {
        let scores = try BinaryScores(labels: [0, 1, 1], scores: [-3, 0.5, 7])
        #expect(scores.auc() == 1)
        #expect(scores.expectedCalibrationError() == nil)
        #expect(throws: ScoreDefect.notProbabilities(count: 2, firstRow: 1)) {
            try ScoredRows(
                for: .logLoss, labels: [0, 1, 1], answers: ScoreMatrix(values: [-3, 0.5, 7]), decisionThreshold: 0.5)
        }
    }

    @Test("the radix order is that of a stable comparison sort", arguments: [1, 2, 3, 50, 3000])
    func order(_ count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let scores = (0..<count).map { _ -> Double in
            switch generator.below(4) {
            case 0: Double(generator.below(5)) - 2
            case 1: generator.normal() * 1e300
            case 2: generator.normal() * 0x1p-1060
            default: generator.uniform()
            }
        }
        let expected = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
        #expect(
            RowOrder(scores, labels: [UInt8](repeating: 0, count: count), range: ScoreRange(scores)).rows.map(Int.init)
                == expected)
    }

    @Test("rows drawn several times count as if they were repeated")
    func drawnRows() throws {
        var generator = SeededGenerator(seed: 3)
        let labels = (0..<60).map { _ in Double(generator.below(2)) }
        let values = (0..<60).map { _ in Double(generator.below(12)) / 12 }
        let drawn = (0..<60).map { _ in UInt8(generator.below(4)) }
        let rows = (0..<60).flatMap { Array(repeating: $0, count: Int(drawn[$0])) }
        let resampled = ScoredRows.binary(try BinaryScores(labels: labels, scores: values))
        let repeated = ScoredRows.binary(
            try BinaryScores(labels: rows.map { labels[$0] }, scores: rows.map { values[$0] }))
        for metric in [Metric.aucROC, .prAUC, .ks, .ece, .f1, .accuracy, .brier, .logLoss] {
            let expected = try #require(repeated.value(of: metric))
            #expect(near(resampled.value(of: metric, drawn: drawn), expected), "\(metric.rawValue)")
        }
    }

    @Test("of two outputs the second is the score of label 1")
    func twoOutputs() throws {
        let answers = ScoreMatrix(outputs: 2, values: Toy.scores.flatMap { [1 - $0, $0] })
        let rows = try ScoredRows(for: .aucROC, labels: Toy.labels, answers: answers, decisionThreshold: 0.5)
        #expect(rows.value(of: .aucROC) == 33.0 / 36)
    }
}
