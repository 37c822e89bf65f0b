import Testing

@testable import Statistics

@Suite struct BucketDriftTests {
    @Test("the distances of close distributions agree with scipy and numpy")
    func close() throws {
        // scipy 1.17.1: jensenshannon, chi2_contingency, chi2.ppf; numpy for the rest.
        let drift = try #require(BucketDrift(reference: [72, 203, 125, 58, 42], current: [77, 196, 126, 64, 37]))
        #expect(near(drift.psi, 0.003627405775182893))
        #expect(near(drift.klReferenceCurrent, 0.0018150686498137787))
        #expect(near(drift.klCurrentReference, 0.0018123371253691237))
        #expect(near(drift.jensenShannonDistance, 0.021289463080675346))
        #expect(near(drift.chiSquared, 0.9061139796038546))
        #expect(near(drift.chiSquaredP, 0.9236820356534281))
        #expect(near(drift.smoothedPSI, 0.003578238744787983))
        #expect(near(drift.nullPSILimit, 0.03795091614712462))
    }

    @Test("an empty bucket counts as 1e-6 and nothing is renormalised; smoothing takes away its power")
    func emptyBucket() throws {
        // numpy and scipy from the definitions; the last bucket is empty on both sides.
        let drift = try #require(BucketDrift(reference: [0, 100, 100, 0], current: [25, 500, 475, 0]))
        #expect(near(drift.psi, 0.25443798332484335))
        #expect(near(drift.klReferenceCurrent, 0.02563652056267139))
        #expect(near(drift.klCurrentReference, 0.22880146276217195))
        #expect(near(drift.jensenShannonDistance, 0.09393941522224511))
        #expect(near(drift.chiSquared, 5.217391304347828) && near(drift.chiSquaredP, 0.07363052096557703))
        #expect(drift.smoothedPSI < 0.1)
    }

    @Test("identical distributions are at distance 0, whatever their sizes")
    func identical() throws {
        let drift = try #require(BucketDrift(reference: [10, 20, 30], current: [100, 200, 300]))
        #expect(near(drift.psi, 0, 1e-15) && near(drift.klReferenceCurrent, 0, 1e-15))
        #expect(drift.jensenShannonDistance < 1e-7 && drift.chiSquared < 1e-12 && drift.chiSquaredP == 1)
    }

    @Test("distributions without a common bucket are at the greatest Jensen–Shannon distance, √ln 2")
    func disjoint() throws {
        let drift = try #require(BucketDrift(reference: [5, 0], current: [0, 9]))
        #expect(near(drift.jensenShannonDistance, 0.8325546111576977))
    }

    @Test("a single bucket says nothing: p is 1")
    func oneBucket() throws {
        let drift = try #require(BucketDrift(reference: [5], current: [9]))
        #expect(drift.psi == 0 && drift.chiSquaredP == 1 && drift.nullPSILimit == 0)
    }

    @Test("impossible counts are refused, not trapped on")
    func impossible() {
        #expect(BucketDrift(reference: [1, 2], current: [1]) == nil)
        #expect(BucketDrift(reference: [0, 0], current: [1, 1]) == nil)
        #expect(BucketDrift(reference: [1, 1], current: [0, 0]) == nil)
        #expect(BucketDrift(reference: [-1, 5], current: [1, 1]) == nil)
        #expect(BucketDrift(reference: [.max, .max], current: [1, 1]) == nil)
        #expect(BucketDrift(reference: [], current: []) == nil)
    }

    @Test("without drift the smoothed index stays below its limit in about 95 of 100 samples")
    func nullLaw() throws {
        var generator = SeededGenerator(seed: 77)
        func counts(_ rows: Int) -> [Int] {
            var counts = [Int](repeating: 0, count: 10)
            for _ in 0..<rows { counts[generator.below(10)] += 1 }
            return counts
        }
        var below = 0
        for _ in 0..<1000 {
            let drift = try #require(BucketDrift(reference: counts(1000), current: counts(300)))
            if drift.smoothedPSI <= drift.nullPSILimit { below += 1 }
        }
        #expect((930...970).contains(below), "\(below) of 1000")
    }
}

@Suite struct NumericBucketDriftTests {
    @Test("bucket distances agree with numpy")
    func values() throws {
        // numpy: the distribution functions interpolated on 6.2 million points.
        let drift = try #require(
            NumericBucketDrift(
                edges: [18, 25, 35, 45, 55, 80], reference: [72, 203, 125, 58, 42], current: [77, 196, 126, 64, 37]))
        #expect(near(drift.kolmogorovSmirnov, 0.01))
        #expect(near(drift.kolmogorovSmirnovP, 1))
        #expect(near(drift.wasserstein, 0.2747619047619603, 1e-9))
    }

    @Test("mass moved by one bucket of width w is w away")
    func moved() throws {
        let drift = try #require(NumericBucketDrift(edges: [0, 2, 4], reference: [10, 0], current: [0, 10]))
        #expect(drift.wasserstein == 2 && drift.kolmogorovSmirnov == 1)
    }

    @Test("edges that are not increasing, not finite or too few are refused")
    func badEdges() {
        #expect(NumericBucketDrift(edges: [0, 0, 1], reference: [1, 1], current: [1, 1]) == nil)
        #expect(NumericBucketDrift(edges: [0, 1, .infinity], reference: [1, 1], current: [1, 1]) == nil)
        #expect(NumericBucketDrift(edges: [0, .nan, 1], reference: [1, 1], current: [1, 1]) == nil)
        #expect(NumericBucketDrift(edges: [-1.7e308, 0, 1.7e308], reference: [1, 1], current: [1, 1]) == nil)
        #expect(NumericBucketDrift(edges: [0, 1], reference: [1, 1], current: [1, 1]) == nil)
    }
}

@Suite struct FeatureDriftTests {
    private func numeric(_ counts: [Int], edges: [Double] = [0, 1, 2], missing: Int = 0) -> FeatureProfile {
        FeatureProfile(name: "age", buckets: .numeric(edges: edges, counts: counts), missing: missing)
    }

    private func categorical(_ counts: [String: Int]) -> FeatureProfile {
        FeatureProfile(name: "region", buckets: .categorical(counts), missing: 0)
    }

    @Test("categories are matched by name; new and gone ones are listed")
    func categories() throws {
        let drift = try FeatureDrift(
            reference: categorical(["north": 50, "south": 50, "west": 0]), current: categorical(["north": 60, "east": 40]))
        #expect(drift.newCategories == ["east"])
        #expect(drift.goneCategories == ["south"])
        #expect(drift.numeric == nil)
        // Python: 0.1 ln 1.2 − 0.499999 ln(1e-6/0.5) + 0.399999 ln(0.4/1e-6); the category empty on both sides adds nothing.
        #expect(near(drift.buckets.psi, 11.739075753234406))
    }

    @Test("shares of missing values are told on both sides")
    func missing() throws {
        let drift = try FeatureDrift(reference: numeric([5, 5]), current: numeric([5, 5], missing: 30))
        #expect(drift.missingShareInReference == 0 && drift.missingShareInCurrent == 0.75)
        #expect(drift.buckets.psi == 0)
    }

    @Test("profiles that cannot be compared say why")
    func defects() {
        #expect(throws: FeatureDrift.Defect.kinds) {
            try FeatureDrift(reference: numeric([1, 1]), current: categorical(["a": 1]))
        }
        #expect(throws: FeatureDrift.Defect.edges) {
            try FeatureDrift(reference: numeric([1, 1]), current: numeric([1, 1], edges: [0, 1, 3]))
        }
        #expect(throws: FeatureDrift.Defect.noValues(inReference: false)) {
            try FeatureDrift(reference: numeric([1, 1]), current: numeric([0, 0], missing: 9))
        }
        #expect(throws: FeatureDrift.Defect.noValues(inReference: true)) {
            try FeatureDrift(reference: numeric([0, 0]), current: numeric([1, 1]))
        }
        #expect(throws: FeatureDrift.Defect.counts) {
            try FeatureDrift(reference: numeric([1, 1], edges: [0, 2, 1]), current: numeric([1, 1], edges: [0, 2, 1]))
        }
        #expect(throws: FeatureDrift.Defect.counts) {
            try FeatureDrift(reference: numeric([-1, 3]), current: numeric([1, 1]))
        }
    }
}
