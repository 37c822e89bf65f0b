import Testing

@testable import Statistics

/// Expected values: scikit-learn 1.9.1.
@Suite struct MulticlassScoresTests {
    static let labels: [Double] = [0, 1, 2, 2, 1, 0, 2, 1]
    static let answers = ScoreMatrix(
        outputs: 3,
        values: [
            0.7, 0.2, 0.1, 0.1, 0.6, 0.3, 0.2, 0.2, 0.6, 0.1, 0.5, 0.4, 0.3, 0.3, 0.4, 0.5, 0.25, 0.25, 0, 0, 1, 0.2, 0.7, 0.1,
        ])

    @Test(
        "multiclass metrics agree with scikit-learn",
        arguments: [
            (Metric.accuracy, 0.75), (.logLoss, 0.5685514815211853), (.f1Macro, 0.7777777777777777),
            (.aucOVRMacro, 0.9666666666666667),
        ])
    func values(_ metric: Metric, _ expected: Double) throws {
        let rows = try ScoredRows(for: metric, labels: Self.labels, answers: Self.answers, decisionThreshold: 0.5)
        #expect(near(rows.value(of: metric), expected))
    }

    @Test("the AUC over classes is undefined when a class does not occur")
    func absentClass() throws {
        let labels = Self.labels.map { $0 == 2 ? 1 : $0 }
        let rows = try ScoredRows(for: .aucOVRMacro, labels: labels, answers: Self.answers, decisionThreshold: 0.5)
        #expect(rows.value(of: .aucOVRMacro) == nil)
    }

    @Test("labels beyond the classes and rows that do not sum to 1 are refused")
    func defects() {
        #expect(throws: ScoreDefect.labels(count: 1, firstRow: 2, expected: "a class from 0 to 2")) {
            try MulticlassScores(
                labels: [0, 3], answers: ScoreMatrix(outputs: 3, values: [1, 0, 0, 0, 1, 0]), ranked: false)
        }
        #expect(throws: ScoreDefect.notProbabilities(count: 1, firstRow: 2)) {
            try ScoredRows(
                for: .logLoss, labels: [0, 1], answers: ScoreMatrix(outputs: 3, values: [1, 0, 0, 0.5, 0.6, 0.1]),
                decisionThreshold: 0.5)
        }
        #expect(throws: ScoreDefect.notFinite(count: 1, firstRow: 2)) {
            try MulticlassScores(
                labels: [0, 1], answers: ScoreMatrix(outputs: 3, values: [1, 0, 0, 0.5, .nan, 0.1]), ranked: false)
        }
    }

    @Test("a metric refuses a number of outputs that it cannot read")
    func outputs() {
        #expect(throws: ScoreDefect.outputs(3, metric: .aucROC)) {
            try ScoredRows(for: .aucROC, labels: Self.labels, answers: Self.answers, decisionThreshold: 0.5)
        }
        #expect(throws: ScoreDefect.outputs(3, metric: .rmse)) {
            try ScoredRows(for: .rmse, labels: Self.labels, answers: Self.answers, decisionThreshold: 0.5)
        }
        #expect(throws: ScoreDefect.outputs(1, metric: .f1Macro)) {
            try ScoredRows(for: .f1Macro, labels: [0, 1], answers: ScoreMatrix(values: [0.1, 0.2]), decisionThreshold: 0.5)
        }
    }
}

/// Expected values: scikit-learn 1.9.1.
@Suite struct RegressionScoresTests {
    @Test(
        "regression metrics agree with scikit-learn",
        arguments: [(Metric.rmse, 0.9842509842514764), (.mae, 0.7916666666666666), (.r2, 0.9239885574172456)])
    func values(_ metric: Metric, _ expected: Double) throws {
        let rows = try ScoredRows(
            for: metric, labels: [1.5, 2, 3.25, -1, 0, 10], answers: ScoreMatrix(values: [1, 2.5, 3, 0, 0.5, 8]),
            decisionThreshold: 0.5)
        #expect(near(rows.value(of: metric), expected))
    }

    @Test("R² of a constant label is undefined")
    func constantLabel() throws {
        let rows = ScoredRows.regression(try RegressionScores(labels: [2, 2, 2], answers: [1, 2, 3]))
        #expect(rows.value(of: .r2) == nil)
        #expect(near(rows.value(of: .mae), 2.0 / 3))
    }

    @Test("an error that overflows is no value, not infinity", arguments: [Metric.rmse, .mae, .r2])
    func overflow(_ metric: Metric) throws {
        let huge = ScoredRows.regression(try RegressionScores(labels: [-1.7e308, 1, 2], answers: [1.7e308, 1, 2]))
        let fine = ScoredRows.regression(try RegressionScores(labels: [-1.7e308, 1, 2], answers: [-1.7e308, 1, 3]))
        let comparison = MetricComparison(of: metric, candidate: huge, baseline: fine)
        #expect(comparison.candidate.value == nil && comparison.candidate.interval == nil)
        #expect(comparison.difference == nil)
    }

    @Test("labels and answers that are not finite are refused")
    func defects() {
        #expect(throws: ScoreDefect.labels(count: 1, firstRow: 1, expected: "a finite number")) {
            try RegressionScores(labels: [.infinity, 1], answers: [1, 2])
        }
        #expect(throws: ScoreDefect.notFinite(count: 1, firstRow: 2)) {
            try RegressionScores(labels: [1, 1], answers: [1, .nan])
        }
    }
}
