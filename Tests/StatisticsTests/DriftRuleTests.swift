import Testing

@testable import Statistics

@Suite struct DriftRuleTests {
    private func compare(_ reference: [Int], _ current: [Int]) -> FeatureComparison {
        func profile(_ counts: [Int]) -> FeatureProfile {
            FeatureProfile(
                name: "x", buckets: .numeric(edges: (0...counts.count).map(Double.init), counts: counts), missing: 0)
        }
        return FeatureComparison(reference: profile(reference), current: profile(current))
    }

    private func judge(_ reference: [Int], _ current: [Int], _ change: (inout DriftRule) -> Void = { _ in }) throws
        -> DriftFinding
    {
        var rule = DriftRule()
        change(&rule)
        return try #require(rule.judge([compare(reference, current)]).first)
    }

    @Test("smoothed index, its p-value, Hellinger distance and Cramér's V agree with numpy and scipy 1.17.1")
    func values() throws {
        let buckets = try #require(BucketDrift(reference: [10, 20, 30, 40], current: [15, 15, 40, 20]))
        #expect(near(buckets.smoothedPSI, 0.1932827699567926))
        #expect(near(buckets.smoothedPSIP, 0.027293306635367064))
        #expect(near(buckets.hellingerDistance, 0.1582264220074554))
        #expect(near(buckets.cramersV, 0.22134748472641155))
        #expect(buckets.psiInterval.contains(0.1))
    }

    @Test("drift is both large and more than chance explains")
    func verdicts() throws {
        #expect(try judge([500, 500], [500, 500]).verdict == .noDrift)
        #expect(try judge([50_000, 50_000], [49_000, 51_000]).verdict == .noDrift, "sure, and too small to matter")
        #expect(try judge([500, 500], [650, 350]).verdict == .noDrift, "PSI 0.093")
        #expect(try judge([500, 500], [670, 330]).verdict == .moderate, "PSI 0.12")
        #expect(try judge([500, 500], [800, 200]).verdict == .drift, "PSI 0.42")
    }

    @Test("few rows decide nothing")
    func fewRows() throws {
        let few = try judge([500, 500], [40, 9])
        #expect(few.verdict == .inconclusive && few.reason == "too_few_rows (n < 50)" && few.adjustedP == nil)
        #expect(few.pointVerdict == .drift)
        #expect(try judge([500, 500], [40, 9]) { $0.rowsMin = 10 }.verdict == .drift)
        let unsure = try judge([100, 100, 100, 100, 100, 100], [15, 8, 14, 6, 10, 7])
        #expect(unsure.verdict == .inconclusive && unsure.reason == "not_significant")
    }

    @Test("one empty bucket decides the canonical index alone, not the verdict")
    func emptyBucket() throws {
        let finding = try judge([980, 980, 50], [980, 980, 0])
        #expect(finding.pointVerdict == .drift)
        #expect(finding.verdict != .drift)
    }

    @Test("a whole family of features is adjusted together")
    func family() throws {
        let borderline = compare([500, 500], [660, 340])
        let features = [borderline] + Array(repeating: compare([500, 500], [500, 500]), count: 5)
        let alone = try #require(DriftRule().judge([borderline]).first?.adjustedP)
        let together = try #require(DriftRule().judge(features).first?.adjustedP)
        #expect(nearRelative(together, alone * 6))
    }

    @Test("obstacles have words, and a feature that vanished is a finding")
    func obstacles() throws {
        func finding(_ reference: FeatureValues, _ current: FeatureValues) throws -> DriftFinding {
            let rows = FeatureRows(name: "x", reference: .rows(reference, edges: nil), current: current)
            return try #require(DriftRule().judge(FeatureRows.compare([rows])).first)
        }
        let numbers = FeatureValues.numbers((0..<60).map(Double.init))
        let text = FeatureValues.categories(codes: [Int32](repeating: 0, count: 60), names: ["a"])
        let nothing = FeatureValues.numbers([Double](repeating: .nan, count: 60))
        #expect(try finding(numbers, text).reason == "kinds_differ")
        #expect(try finding(text, numbers).verdict == .inconclusive)
        #expect(try finding(numbers, nothing).verdict == .drift)
        #expect(try finding(text, nothing).reason == "no_current_values")
        #expect(try finding(nothing, text).verdict == .inconclusive)
        #expect(try finding(nothing, numbers).reason == "no_reference_values")
        #expect(try finding(numbers, .numbers([])).verdict == .inconclusive, "no rows are no data")
    }

    @Test("adjusted p-values agree with statsmodels 0.15")
    func corrections() {
        let values = [0.01, 0.04, 0.03, 0.005, 0.2, 0.04]
        let expected: [(Multiplicity, [Double])] = [
            (.none, values), (.bonferroni, [0.06, 0.24, 0.18, 0.03, 1, 0.24]), (.holm, [0.05, 0.12, 0.12, 0.03, 0.2, 0.12]),
            (.benjaminiHochberg, [0.03, 0.048, 0.048, 0.03, 0.2, 0.048]),
            (.benjaminiYekutieli, [0.0735, 0.1176, 0.1176, 0.0735, 0.49, 0.1176]),
        ]
        for (way, adjusted) in expected {
            #expect(zip(way.adjusted(values), adjusted).allSatisfy { near($0, $1) }, "\(way)")
            #expect(way.adjusted([]).isEmpty && way.adjusted([0.3]) == [0.3])
            #expect(way.adjusted([0, 1, 0.5]).allSatisfy { (0...1).contains($0) })
        }
    }
}

@Suite struct IsotonicTests {
    @Test("a fit with weights agrees with scikit-learn 1.9.1, between its points and beyond them")
    func fit() throws {
        let weights: [Double] = [1, 2, 1, 3, 1, 1, 2]
        let means = [0.1, 0.4, 0.3, 0.35, 0.9, 0.7, 0.8]
        let fit = try #require(
            IsotonicFit(places: [1, 2, 3, 4, 5, 6, 7], weights: weights, sums: zip(weights, means).map { $0 * $1 }))
        let expected = [0.1, 0.1, 0.35833333333333334, 0.35833333333333334, 0.46875, 0.8, 0.8]
        #expect(zip(fit.values(atAscending: [0, 1, 2.5, 4, 4.25, 5, 9]), expected).allSatisfy { near($0, $1) })
        #expect(IsotonicFit(places: [1, 2], weights: [0, 0], sums: [0, 0]) == nil)
    }

    @Test("expected performance is undefined for one class and for no rows")
    func undefined() {
        #expect(ExpectedPerformance(labels: [true, true], scores: [0.1, 0.2], current: [0.5]) == nil)
        #expect(ExpectedPerformance(labels: [true, false], scores: [0.1, 0.2], current: []) == nil)
        #expect(ExpectedPerformance(labels: [], scores: [], current: [1]) == nil)
        let tiny = ExpectedPerformance(labels: [true, false], scores: [0.9, 0.2], current: [0.5])
        #expect(tiny?.doubts.contains(.tooFewLabels) == true)
        #expect(tiny?.metrics.first { $0.metric == .aucROC }?.expected == nil, "one row has no pair")
    }
}
