import Testing

@testable import Statistics

/// Expected values: scikit-learn 1.9.1 on tp 30, fp 10, fn 20, tn 140, unless another source is named.
@Suite struct DecisionMetricTests {
    static let table = DecisionTable(
        trueNegatives: WeightTotals(rows: 140), falsePositives: WeightTotals(rows: 10), falseNegatives: WeightTotals(rows: 20),
        truePositives: WeightTotals(rows: 30))

    static func table(_ tn: Int, _ fp: Int, _ fn: Int, _ tp: Int) -> DecisionTable {
        DecisionTable(
            trueNegatives: WeightTotals(rows: tn), falsePositives: WeightTotals(rows: fp), falseNegatives: WeightTotals(rows: fn),
            truePositives: WeightTotals(rows: tp))
    }

    @Test(
        "metrics of decisions agree with scikit-learn",
        arguments: [
            (DecisionMetric.accuracy, 0.85), (.balancedAccuracy, 0.7666666666666667), (.precision, 0.75), (.recall, 0.6),
            (.falsePositiveRate, 0.06666666666666667), (.specificity, 0.9333333333333333),
            (.negativePredictiveValue, 0.875), (.f1, 0.6666666666666666), (.mcc, 0.5773502691896258),
            (.kappa, 0.5714285714285714), (.selectionRate, 0.2), (.baseRate, 0.25),
        ])
    func values(_ metric: DecisionMetric, _ expected: Double) throws {
        let measured = metric.measured(Self.table)
        #expect(near(measured.value, expected))
        let interval = try #require(measured.interval)
        #expect(interval.lower < expected && expected < interval.upper && measured.reason == nil)
    }

    @Test("a table without weight gives no metric", arguments: DecisionMetric.allCases)
    func empty(_ metric: DecisionMetric) {
        #expect(metric.measured(Self.table(0, 0, 0, 0)).reason == .empty)
        #expect(metric.measured(Self.table(0, 0, 0, 0)).value == nil)
    }

    @Test("0/0 is no value and says which denominator is empty")
    func undefined() {
        #expect(DecisionMetric.recall.value(Self.table(5, 2, 0, 0)) == .failure(.noPositives))
        #expect(DecisionMetric.falsePositiveRate.value(Self.table(0, 0, 1, 2)) == .failure(.noNegatives))
        #expect(DecisionMetric.precision.value(Self.table(5, 0, 2, 0)) == .failure(.nothingSelected))
        #expect(DecisionMetric.negativePredictiveValue.value(Self.table(0, 5, 0, 2)) == .failure(.nothingRejected))
        #expect(DecisionMetric.mcc.value(Self.table(5, 0, 2, 0)) == .failure(.nothingSelected))
        #expect(DecisionMetric.kappa.value(Self.table(5, 0, 0, 0)) == .failure(.singleClass))
        #expect(DecisionMetric.f1.value(Self.table(5, 0, 0, 0)) == .failure(.noPositives))
    }

    @Test(
        "perfect decisions on few rows are no certainty",
        arguments: [DecisionMetric.f1, .mcc, .kappa, .balancedAccuracy, .accuracy])
    func perfect(_ metric: DecisionMetric) throws {
        let interval = try #require(metric.measured(Self.table(9, 0, 0, 6)).interval)
        #expect(interval.upper == 1 && interval.lower < 0.85 && interval.lower > 0)
    }

    @Test("doubling every row changes no slope's sum", arguments: DecisionMetric.allCases)
    func homogeneous(_ metric: DecisionMetric) throws {
        let slopes = try #require(metric.slopes(Self.table))
        let sum = zip(slopes.slopes, Self.table.cells).reduce(0) { $0 + $1.0 * $1.1.sum }
        #expect(abs(sum) < 1e-12)
    }

    @Test("slopes are derivatives", arguments: DecisionMetric.allCases, 0..<4)
    func derivatives(_ metric: DecisionMetric, _ cell: Int) throws {
        func value(_ step: Double) throws -> Double {
            let extra = WeightTotals(rows: 0, sum: step, squares: 0)
            let moved = Self.table.cells.enumerated().map { $0 == cell ? $1 + extra : $1 }
            return try #require(metric.slopes(DecisionTable(cells: moved[...]))?.value)
        }
        let slope = (try value(1e-4) - value(-1e-4)) / 2e-4
        #expect(near(metric.slopes(Self.table)?.slopes[cell], slope, 1e-9))
    }
}

/// Expected p-values: statsmodels 0.15.0, `mcnemar`.
@Suite struct McNemarTests {
    static func test(_ b: Int, _ c: Int) -> McNemar { McNemar(WeightTotals(rows: b), WeightTotals(rows: c), isWeighted: false) }

    @Test("exact, plain and corrected p-values agree with statsmodels")
    func values() {
        let test = Self.test(56, 39)
        #expect(near(test.exactP, 0.10017333048675534) && near(test.p, 0.08113063648894807))
        #expect(near(test.correctedP, 0.10068011072701388) && near(test.chiSquared, 3.042105263157895))
    }

    @Test("no row where one model is right alone: nothing speaks for a difference")
    func none() {
        let test = Self.test(0, 0)
        #expect(test.exactP == 1 && test.p == 1 && test.correctedP == 1)
    }

    @Test("equal counts: p is 1 and the correction does not go below nothing")
    func equal() {
        let test = Self.test(7, 7)
        #expect(test.exactP == 1 && test.chiSquared == 0 && test.correctedChiSquared == 0)
    }
}

@Suite struct ReliabilityTests {
    @Test("ties are never parted, and a bin that they empty is not listed")
    func ties() throws {
        let scores = try BinaryScores(labels: [0, 1, 0, 1, 1], scores: [0.2, 0.2, 0.2, 0.2, 0.7])
        let found = try #require(Reliability(scores, scheme: .equalMass))
        #expect(found.bins.map(\.rows) == [4, 1])
        #expect(near(found.expectedError, (4 * 0.3 + 0.3) / 5) && near(found.greatestError, 0.3))
    }

    @Test("constant scores have no calibration line, whatever their rounding")
    func constant() throws {
        let scores = try BinaryScores(labels: [0, 1, 0, 1, 1, 0, 1], scores: [Double](repeating: 0.3, count: 7))
        #expect(throws: Undefined.noVariance) { try CalibrationLine.fit(scores).get() }
    }

    @Test("scores that part the classes have no calibration line")
    func separable() throws {
        let scores = try BinaryScores(labels: [0, 0, 1, 1], scores: [0.1, 0.2, 0.8, 0.9])
        #expect(throws: Undefined.separable) { try CalibrationLine.fit(scores).get() }
    }
}
