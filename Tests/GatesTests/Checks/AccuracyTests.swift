import GatehouseCore
import Statistics
import Testing

@testable import Gates

@Suite struct AccuracyTests {
    private func judge(_ evidence: ScoredEvidence) -> Judgement { judge([:], evidence) }

    private func judge(_ settings: [String: GateSetting], _ evidence: ScoredEvidence) -> Judgement {
        Accuracy(GateSettings(defaultsOf: Accuracy.descriptor, overriding: settings))
            .judge(Evidence(scores: .available(evidence)))
    }

    /// 1 000 rows of two-level scores with an AUC of exactly (1 + tpr − fpr)/2: `tpr` and `fpr` in steps of 0.002.
    private func answers(tpr: Double, fpr: Double) -> [Double] {
        (0..<500).map { Double($0) < tpr * 500 ? 0.8 : 0.2 } + (0..<500).map { Double($0) < fpr * 500 ? 0.8 : 0.2 }
    }
    private let labels = [Double](repeating: 1, count: 500) + [Double](repeating: 0, count: 500)

    private func evidence(_ candidate: [Double], champion: [Double]? = nil) -> ScoredEvidence {
        ScoredEvidence(
            labels: labels, candidate: ScoreMatrix(values: candidate),
            champion: champion.map { ScoreMatrix(values: $0) }, championName: champion.map { _ in "credit-risk v1" })
    }

    @Test("a better candidate passes with both numbers in the sentence")
    func passes() {
        let judgement = judge(evidence(answers(tpr: 0.9, fpr: 0.16), champion: answers(tpr: 0.88, fpr: 0.2)))
        #expect(judgement.verdict == .pass)
        #expect(
            judgement.reason
                == "auc_roc 0.8700 is at least 0.8200; auc_roc improves on champion credit-risk v1 (0.8400) by 0.0300, at least 0.0050."
        )
        let candidate = judgement.measurements[0]
        #expect(candidate.metric == "auc_roc" && candidate.limit == .atLeast(0.82) && candidate.n == 1000)
        #expect((candidate.lower ?? 1) < 0.87 && (candidate.upper ?? 0) > 0.87)
        #expect(judgement.measurements.contains { $0.metric == "auc_roc_improvement" && $0.verdict == .pass && $0.lower != nil })
        #expect(judgement.measurements.contains { $0.subject == "champion credit-risk v1" && $0.value == 0.84 })
    }

    @Test("the canonical limits are inclusive, bit for bit")
    func inclusiveLimits() {
        // Both AUCs are exact in binary: 0.875 and 0.75.
        let evidence = evidence(answers(tpr: 0.9, fpr: 0.15), champion: answers(tpr: 0.7, fpr: 0.2))
        let limits: [String: GateSetting] = ["min_absolute_auc": .number(0.875), "min_relative_improvement": .number(0.125)]
        #expect(judge(limits, evidence).verdict == .pass)
        let above: [String: GateSetting] = ["min_absolute_auc": .number(0.875.nextUp)]
        #expect(judge(above, evidence).verdict == .fail)
        let more: [String: GateSetting] = ["min_relative_improvement": .number(0.125.nextUp)]
        #expect(judge(more, evidence).verdict == .fail)
    }

    @Test("calibration is kept by bins of equal width, the champion's beside the version's own")
    func calibration() throws {
        let judgement = judge(evidence(answers(tpr: 0.9, fpr: 0.16), champion: answers(tpr: 0.88, fpr: 0.2)))
        #expect(judgement.calibration.map(\.subject) == [nil, "champion credit-risk v1"])
        let own = try #require(judgement.calibration.first)
        // 50 of 470 rows scored 0.2 and 450 of 530 scored 0.8 are positive.
        #expect(own.bins.map(\.number) == [2, 8] && own.bins.map(\.n) == [470, 530])
        #expect(abs(own.bins[0].observed - 50.0 / 470) < 1e-12 && abs(own.bins[1].observed - 450.0 / 530) < 1e-12)
        #expect(own.bins.allSatisfy { $0.lower < $0.observed && $0.observed < $0.upper })
        let gaps = 0.47 * (0.2 - 50.0 / 470) + 0.53 * (450.0 / 530 - 0.8)
        #expect(abs(own.error - gaps) < 1e-12)
        #expect(try Judgement(json: JSONParser.parse(judgement.json.canonicalText)) == judgement)
    }

    @Test("scores that are no probabilities have no calibration, and results without one are written as before")
    func noCalibration() {
        let judgement = judge(evidence(answers(tpr: 0.9, fpr: 0.16).map { $0 * 10 }))
        #expect(judgement.calibration.isEmpty && judgement.json["calibration"] == nil)
    }

    @Test("a value that only looks like the limit is shown with enough decimals")
    func decimals() {
        let judgement = judge(["min_absolute_auc": .number(0.87002)], evidence(answers(tpr: 0.9, fpr: 0.16)))
        #expect(judgement.verdict == .fail)
        #expect(judgement.reason.contains("auc_roc 0.87000 is below the required 0.87002"))
    }

    @Test("min_relative_improvement is an absolute difference; min_improvement_ratio is the relative one")
    func absoluteAndRelative() {
        // +0.03 on 0.84 is 3.6 %.
        let evidence = evidence(answers(tpr: 0.9, fpr: 0.16), champion: answers(tpr: 0.88, fpr: 0.2))
        #expect(judge(["min_relative_improvement": .number(0.035)], evidence).verdict == .fail)
        #expect(judge(["min_improvement_ratio": .number(0.035)], evidence).verdict == .pass)
        let failing = judge(["min_improvement_ratio": .number(0.04)], evidence)
        #expect(failing.verdict == .fail)
        #expect(
            failing.reason == "auc_roc improves on champion credit-risk v1 by 3.6 % of its value, less than the required 4.0 %.")
    }

    @Test("a worse candidate fails and the sentence says how much worse")
    func worse() {
        let judgement = judge(evidence(answers(tpr: 0.88, fpr: 0.2), champion: answers(tpr: 0.9, fpr: 0.16)))
        #expect(judgement.verdict == .fail)
        #expect(
            judgement.reason
                == "auc_roc is worse than that of champion credit-risk v1 (0.8700) by 0.0300; an improvement of at least 0.0050 is required."
        )
    }

    @Test("without a champion only the absolute limit applies, and the reason says so")
    func noChampion() {
        let judgement = judge(evidence(answers(tpr: 0.9, fpr: 0.16)))
        #expect(judgement.verdict == .pass)
        #expect(judgement.reason.hasSuffix("there is no champion yet, so only the absolute limit applies."))
        #expect(judgement.measurements.count == 1)
    }

    @Test("without a champion and without a limit nothing is decided")
    func nothingToHoldAgainst() {
        let judgement = judge(["metric": .text("pr_auc")], evidence(answers(tpr: 0.9, fpr: 0.16)))
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.reason.contains("set min_absolute"))
    }

    @Test("an improvement that the interval cannot tell from the limit passes with a warning and the rows that would decide")
    func warnsAboutThePoint() {
        let judgement = judge(
            evidence(answers(tpr: 0.9, fpr: 0.16), champion: answers(tpr: 0.894, fpr: 0.168).reversedInClasses()))
        #expect(judgement.verdict == .pass)
        #expect(
            judgement.warnings.contains { $0.contains("the verdict rests on the point alone") && $0.contains("would decide") })
    }

    @Test("superior and non_inferior judge the interval")
    func compareModes() {
        let better = evidence(answers(tpr: 0.9, fpr: 0.16), champion: answers(tpr: 0.8, fpr: 0.2))
        #expect(judge(["compare": .text("superior")], better).verdict == .pass)
        let near = evidence(
            answers(tpr: 0.9, fpr: 0.16), champion: answers(tpr: 0.894, fpr: 0.168).reversedInClasses())
        let superior = judge(["compare": .text("superior")], near)
        #expect(superior.verdict == .inconclusive)
        #expect(superior.reason.contains("rows like these would decide, there are 1,000"))
        #expect(judge(["compare": .text("non_inferior"), "margin": .number(0.05)], near).verdict == .pass)
        let worse = evidence(answers(tpr: 0.84, fpr: 0.16), champion: answers(tpr: 0.98, fpr: 0.1))
        #expect(judge(["compare": .text("non_inferior")], worse).verdict == .fail)
    }

    @Test("an identical model is not inferior, not superior, and not an improvement")
    func identicalModel() {
        let same = evidence(answers(tpr: 0.9, fpr: 0.16), champion: answers(tpr: 0.9, fpr: 0.16))
        #expect(judge(["compare": .text("non_inferior")], same).verdict == .pass)
        #expect(judge(["compare": .text("superior")], same).verdict == .fail)
        #expect(judge(["compare": .text("superior"), "min_delta": .number(0)], same).verdict == .inconclusive)
        #expect(judge(same).verdict == .fail)
    }

    @Test("for losses less is better: limits and improvements turn around")
    func losses() {
        let evidence = evidence(answers(tpr: 0.9, fpr: 0.16), champion: answers(tpr: 0.8, fpr: 0.2))
        // Brier of two-level scores: 0.04 where right, 0.64 where wrong; 0.118 and 0.16.
        let judgement = judge(["metric": .text("brier"), "min_absolute": .number(0.15)], evidence)
        #expect(judgement.verdict == .pass)
        #expect(
            judgement.reason
                == "brier 0.1180 is at most 0.1500; brier improves on champion credit-risk v1 (0.1600) by 0.0420, at least 0.0050."
        )
        #expect(judgement.measurements[0].limit == .atMost(0.15))
        let failing = judge(["metric": .text("brier"), "min_absolute": .number(0.1)], evidence)
        #expect(failing.reason == "brier 0.1180 is above the allowed 0.1000.")
        #expect(judge(["metric": .text("brier"), "min_improvement_ratio": .number(0.26)], evidence).verdict == .pass)
        #expect(judge(["metric": .text("brier"), "min_improvement_ratio": .number(0.27)], evidence).verdict == .fail)
        #expect(judge(["metric": .text("brier"), "compare": .text("superior")], evidence).verdict == .pass)
    }

    @Test("bootstrap metrics carry intervals too")
    func bootstrapMetric() throws {
        let judgement = judge(
            ["metric": .text("ks"), "min_absolute": .number(0.5)],
            evidence(answers(tpr: 0.9, fpr: 0.16), champion: answers(tpr: 0.8, fpr: 0.2)))
        #expect(judgement.verdict == .pass)
        let improvement = try #require(judgement.measurements.first { $0.metric == "ks_improvement" })
        #expect((improvement.lower ?? 1) < 0.14 && (improvement.upper ?? 0) > 0.14)
    }

    @Test("NaN scores are an error that names the model, the count and the first row")
    func nanScores() {
        var bad = answers(tpr: 0.9, fpr: 0.16)
        bad[6] = .nan
        bad[9] = .infinity
        let candidate = judge(evidence(bad))
        #expect(candidate.verdict == .error)
        #expect(candidate.reason == "auc_roc of the candidate cannot be measured: 2 scores are NaN or infinite, first in row 7.")
        let champion = judge(evidence(answers(tpr: 0.9, fpr: 0.16), champion: bad))
        #expect(champion.verdict == .error)
        #expect(champion.reason.contains("champion credit-risk v1"))
    }

    @Test("labels that are not 0 or 1, and rows that do not match, are errors")
    func badRows() {
        let labels = ScoredEvidence(labels: [0, 1, 2], candidate: ScoreMatrix(values: [0.1, 0.2, 0.3]))
        #expect(judge(labels).verdict == .error)
        #expect(judge(labels).reason.contains("1 label is not 0 or 1, first in row 3"))
        let counts = ScoredEvidence(labels: [0, 1], candidate: ScoreMatrix(values: [0.1, 0.2, 0.3]))
        #expect(judge(counts).verdict == .error)
        let outputs = ScoredEvidence(labels: [0, 1], candidate: ScoreMatrix(outputs: 3, values: [0, 0, 1, 0, 1, 0]))
        #expect(judge(outputs).reason.contains("needs one score per row, the model gives 3"))
    }

    @Test("a single class and an empty data set decide nothing")
    func noData() {
        let single = judge(ScoredEvidence(labels: [1, 1, 1], candidate: ScoreMatrix(values: [0.1, 0.2, 0.3])))
        #expect(single.verdict == .inconclusive)
        #expect(single.measurements[0].reason == "single_class")
        #expect(judge(ScoredEvidence(labels: [], candidate: ScoreMatrix(values: []))).verdict == .inconclusive)
    }

    @Test("missing evidence keeps its verdict and reason")
    func missing() {
        let gate = Accuracy(GateSettings(defaultsOf: Accuracy.descriptor))
        let judgement = gate.judge(Evidence(scores: .missing(.inconclusive, reason: "no holdout yet")))
        #expect(judgement == Judgement(.inconclusive, "no holdout yet"))
    }

    @Test("a handful of positives passes the point rule with a warning and leaves the interval rules undecided")
    func rareClass() {
        let labels = [Double](repeating: 1, count: 5) + [Double](repeating: 0, count: 95)
        let candidate = labels.indices.map { $0 < 5 ? 0.9 - Double($0) / 100 : Double($0 % 50) / 55 }
        let champion = labels.indices.map { $0 < 5 ? 0.6 : Double($0 % 50) / 55 }
        let evidence = ScoredEvidence(
            labels: labels, candidate: ScoreMatrix(values: candidate), champion: ScoreMatrix(values: champion))
        let point = judge(evidence)
        #expect(point.verdict == .pass)
        #expect(point.warnings.contains { $0.contains("The rarer class has only 5 rows") })
        let superior = judge(["compare": .text("superior")], evidence)
        #expect(superior.verdict == .inconclusive)
        #expect(superior.reason.contains("the rarer class has only 5 rows, 10 are needed"))
    }
}

extension [Double] {
    /// The same scores on other rows of the same class, for a model that errs elsewhere. Both classes have 500 rows.
    fileprivate func reversedInClasses() -> [Double] { self[..<500].reversed() + self[500...].reversed() }
}
