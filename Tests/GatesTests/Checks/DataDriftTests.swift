import GatehouseCore
import Statistics
import Testing

@testable import Gates

@Suite struct DataDriftTests {
    private func profile(_ name: String, _ counts: [Int], missing: Int = 0) -> FeatureProfile {
        FeatureProfile(
            name: name, buckets: .numeric(edges: (0...counts.count).map(Double.init), counts: counts), missing: missing)
    }

    private func judge(
        _ training: [FeatureProfile], _ current: [FeatureProfile], _ settings: [String: GateSetting] = [:]
    ) -> Judgement {
        let evidence = DriftEvidence(
            training: training, current: current, currentSource: "dataset applications-2026w02@1")
        return DataDrift(GateSettings(defaultsOf: DataDrift.descriptor, overriding: settings))
            .judge(Evidence(drift: .available(evidence)))
    }

    @Test("features near their training distribution pass, the largest index in the sentence")
    func stable() throws {
        // German credit, rows 1–500 against 501–1000: PSI of age 0.003627405775182893 (numpy).
        let judgement = judge(
            [profile("age", [72, 203, 125, 58, 42]), profile("flat", [500, 500])],
            [profile("age", [77, 196, 126, 64, 37]), profile("flat", [500, 500])])
        #expect(judgement.verdict == .pass)
        #expect(
            judgement.reason
                == "PSI of 2 features is at most 0.20 against dataset applications-2026w02@1, the largest is age with 0.004.")
        let psi = try #require(judgement.measurements.first { $0.metric == "psi" && $0.subject == "age" })
        #expect(abs((psi.value ?? 1) - 0.003627405775182893) < 1e-15 && psi.limit == .atMost(0.2) && psi.n == 500)
        let others = Set(judgement.measurements.filter { $0.subject == "age" }.map(\.metric))
        #expect(
            others.isSuperset(of: [
                "psi_smoothed", "kl_training_current", "kl_current_training", "js_distance", "ks", "ks_p", "wasserstein",
                "chi2", "chi2_p",
            ]))
        #expect(judgement.warnings.isEmpty)
    }

    @Test("one drifted feature fails and is named with its index")
    func drifted() {
        // PSI of (0.5, 0.5) against (0.2, 0.8): 0.3 ln 2.5 + 0.3 ln 1.6 = 0.416.
        let judgement = judge(
            [profile("age", [500, 500]), profile("income", [500, 500])],
            [profile("age", [500, 500]), profile("income", [200, 800])])
        #expect(judgement.verdict == .fail)
        #expect(judgement.reason == "1 of 2 features against dataset applications-2026w02@1: income: PSI 0.42 > 0.20.")
    }

    @Test("the limit is inclusive, bit for bit")
    func inclusiveLimit() throws {
        let training = [profile("age", [500, 500])]
        let current = [profile("age", [320, 680])]
        let psi = try #require(judge(training, current).measurements.first?.value)
        #expect(judge(training, current, ["max_psi_threshold": .number(psi)]).verdict == .pass)
        #expect(judge(training, current, ["max_psi_threshold": .number(psi.nextDown)]).verdict == .fail)
    }

    @Test("moderate drift passes with a warning")
    func moderate() {
        // 0.18 ln(0.5/0.32) + 0.18 ln(0.68/0.5) = 0.136.
        let judgement = judge([profile("age", [500, 500])], [profile("age", [320, 680])])
        #expect(judgement.verdict == .pass)
        #expect(judgement.warnings == ["age drifts moderately: PSI 0.14 > 0.10."])
    }

    @Test("a feature that either side lacks is a violation")
    func absent() {
        let lacking = judge([profile("age", [500, 500]), profile("income", [500, 500])], [profile("age", [500, 500])])
        #expect(lacking.verdict == .fail)
        #expect(lacking.reason.contains("income is missing from dataset applications-2026w02@1"))
        let extra = judge([profile("age", [500, 500])], [profile("age", [500, 500]), profile("income", [500, 500])])
        #expect(extra.verdict == .fail)
        #expect(extra.reason.contains("income is missing from the training statistics"))
        #expect(extra.measurements.contains { $0.subject == "income" && $0.reason == "missing_feature" })
    }

    @Test("fewer than min_rows rows decide nothing, with or without drift")
    func tooSmall() {
        let judgement = judge([profile("age", [500, 500])], [profile("age", [99, 100])])
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.reason.contains("age has 199 current rows, 200 are needed"))
        #expect(judge([profile("age", [500, 500])], [profile("age", [1, 0])]).verdict == .inconclusive)
        #expect(judge([profile("age", [50, 50])], [profile("age", [500, 500])]).reason.contains("100 training rows"))
        #expect(judge([profile("age", [500, 500])], [profile("age", [99, 100])], ["min_rows": .integer(199)]).verdict == .pass)
    }

    @Test("no current rows are no data; rows that all lack the value are a violation")
    func noValues() {
        #expect(judge([profile("age", [500, 500])], [profile("age", [0, 0])]).verdict == .inconclusive)
        let blank = judge([profile("age", [500, 500])], [profile("age", [0, 0], missing: 1000)])
        #expect(blank.verdict == .fail)
        #expect(blank.reason.contains("no current row has a value"))
    }

    @Test("a growing share of missing values is warned about, as the index cannot see it")
    func missingGrows() {
        let judgement = judge([profile("age", [500, 500])], [profile("age", [300, 300], missing: 400)])
        #expect(judgement.verdict == .pass)
        #expect(judgement.warnings == ["age is missing in 40.0 % of the rows, in training in 0.0 %."])
    }

    @Test("an index above the limit that chance explains fails with a warning")
    func chance() {
        // Fifty buckets and 200 rows: the null law's limit is 0.40, Jeffreys' smoothing tames the empty buckets.
        let training = [Int](repeating: 20, count: 50)
        let current = (0..<50).map { $0 % 2 == 0 ? 6 : 2 }
        let judgement = judge([profile("age", training)], [profile("age", current)])
        #expect(judgement.verdict == .fail)
        #expect(judgement.warnings.contains { $0.contains("no more than chance explains") })
    }

    @Test("an index below the limit that so few rows cannot show is warned about")
    func blunt() {
        let training = [Int](repeating: 20, count: 50)
        let judgement = judge([profile("age", training)], [profile("age", [Int](repeating: 4, count: 50))])
        #expect(judgement.verdict == .pass)
        #expect(judgement.warnings.contains { $0.contains("staying below the limit tells little") })
    }

    @Test("new and gone categories are named")
    func categories() {
        let training = FeatureProfile(name: "region", buckets: .categorical(["north": 990, "south": 10]), missing: 0)
        let current = FeatureProfile(name: "region", buckets: .categorical(["north": 995, "east": 5]), missing: 0)
        let judgement = judge([training], [current])
        #expect(judgement.warnings.contains("region has categories that training never saw: east."))
        #expect(judgement.warnings.contains("region lacks categories of training: south."))
    }

    @Test("profiles that cannot be compared are errors, never a pass")
    func incomparable() {
        let other = FeatureProfile(name: "age", buckets: .numeric(edges: [0, 5, 9], counts: [500, 500]), missing: 0)
        let edges = judge([profile("age", [500, 500])], [other])
        #expect(edges.verdict == .error)
        #expect(edges.reason.contains("not counted in the training buckets"))
        let text = FeatureProfile(name: "age", buckets: .categorical(["a": 1000]), missing: 0)
        #expect(judge([profile("age", [500, 500])], [text]).verdict == .error)
        #expect(judge([profile("age", [500, -1])], [profile("age", [500, 500])]).verdict == .error)
        #expect(judge([profile("age", [.max, .max])], [profile("age", [500, 500])]).verdict == .error)
        let twice = judge([profile("age", [500]), profile("age", [500])], [profile("age", [500])])
        #expect(twice.verdict == .error)
        #expect(twice.reason == "Feature 'age' appears twice in training statistics.")
    }

    @Test("statistics without any feature decide nothing")
    func noFeatures() {
        #expect(judge([], [profile("age", [500, 500])]).verdict == .inconclusive)
    }
}
