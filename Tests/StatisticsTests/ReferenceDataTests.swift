import Testing

@testable import Statistics

/// Two public data sets against scikit-learn 1.9.1, scipy 1.17.1, fairlearn 0.15.0 and a DeLong in numpy. Skipped where the
/// shared data folder is absent.
@Suite(.enabled(if: SharedData.isPresent, "the shared data folder is not there"))
struct ReferenceDataTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        let label: String
        let production: String
        let scale: Double
        let dataSet: @Sendable (Reference) -> Reference.DataSet

        var testDescription: String { file }
    }

    static let cases = [
        Case(
            file: "german-credit/german_credit.csv", label: "label", production: "score_production", scale: 1,
            dataSet: { $0.germanCredit }),
        // The production score is the decile divided by ten, clipped to 0.05…0.95: heavily tied.
        Case(
            file: "compas-two-years/compas_two_years.csv", label: "two_year_recid", production: "decile_score", scale: 10,
            dataSet: { $0.compasTwoYears }),
    ]

    private func numbers(_ columns: [String: [String]], _ name: String) throws -> [Double] {
        try #require(columns[name]).map { try #require(Double($0)) }
    }

    private func scores(_ columns: [String: [String]], _ data: Case) throws -> (candidate: BinaryScores, production: BinaryScores)
    {
        let labels = try numbers(columns, data.label)
        let production = try numbers(columns, data.production).map {
            data.scale == 1 ? $0 : min(max($0 / data.scale, 0.05), 0.95)
        }
        return (
            try BinaryScores(labels: labels, scores: try numbers(columns, "score_candidate")),
            try BinaryScores(labels: labels, scores: production)
        )
    }

    @Test("metrics agree with scikit-learn", arguments: cases)
    func metrics(_ data: Case) throws {
        let expected = data.dataSet(try SharedData.reference()).allRows
        let scores = try scores(try SharedData.columns(data.file), data)
        let names: [(String, Metric)] = [
            ("auc", .aucROC), ("average_precision", .prAUC), ("log_loss", .logLoss), ("brier", .brier), ("ks", .ks),
            ("accuracy", .accuracy),
        ]
        for (model, values) in [(scores.candidate, expected.candidate), (scores.production, expected.production)] {
            for (name, metric) in names {
                let value = try #require(values[name])
                #expect(near(ScoredRows.binary(model).value(of: metric), value), "\(name)")
            }
        }
    }

    @Test("the paired DeLong difference agrees with numpy", arguments: cases)
    func delong(_ data: Case) throws {
        let expected = data.dataSet(try SharedData.reference()).allRows.delong
        let scores = try scores(try SharedData.columns(data.file), data)
        let difference = try #require(DeLong.difference(scores.candidate, minus: scores.production))
        #expect(near(difference.difference, expected.diff))
        #expect(near(difference.standardError, expected.seDiff))
        #expect(near(difference.p, expected.pTwoSided, 1e-11))
        #expect(near(difference.interval?.lower, expected.ciDiff[0]))
        #expect(near(difference.interval?.upper, expected.ciDiff[1]))
    }

    @Test("group metrics agree with fairlearn", arguments: cases)
    func fairness(_ data: Case) throws {
        let columns = try SharedData.columns(data.file)
        let scores = try scores(columns, data).candidate
        for (grouping, expected) in data.dataSet(try SharedData.reference()).allRows.fairnessCandidate {
            let names = expected.groups.keys.sorted()
            let codes = try #require(columns[grouping]).map { Int32(try #require(names.firstIndex(of: $0))) }
            let groups = try #require(scores.metrics(byGroup: codes, groups: names.count))
            for (name, group) in zip(names, groups) {
                let reference = try #require(expected.groups[name])
                #expect(group.count == reference.n)
                #expect(near(group.auc.value, reference.auc) && near(group.aucGap, reference.aucGap), "\(grouping) \(name)")
                #expect(near(group.confusion.selectionRate, reference.selectionRate))
                #expect(near(group.confusion.truePositiveRate, reference.tpr))
                #expect(near(group.confusion.falsePositiveRate, reference.fpr))
            }
            let disparity = Disparity(groups)
            #expect(near(disparity.demographicParityDifference, expected.demographicParityDifference))
            #expect(near(disparity.impactRatio, expected.demographicParityRatio))
            #expect(near(disparity.equalizedOddsDifference, expected.equalizedOddsDifference))
        }
    }

    @Test("PSI and KL agree with the canonical rule")
    func drift() throws {
        let features = try #require(try SharedData.reference().germanCredit.driftRows1500Vs5011000?.features)
        #expect(features.count == 3)
        for (name, feature) in features {
            let drift = try #require(BucketDrift(reference: feature.countsRef, current: feature.countsProd))
            #expect(near(drift.psi, feature.psiEps1E6), "\(name)")
            #expect(near(drift.klReferenceCurrent, feature.klRefProd), "\(name)")
        }
    }

    @Test("latency percentiles are Python's, bit for bit")
    func latency() throws {
        let latency = try SharedData.reference().latency
        let quantiles = try #require(SampleQuantiles(latency.values))
        for (part, name) in [(50, "p50"), (95, "p95"), (99, "p99")] {
            #expect(quantiles.exclusive(part, of: 100) == latency.exclusive[name])
        }
    }
}
