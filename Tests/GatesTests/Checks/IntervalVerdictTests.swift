import GatehouseCore
import Statistics
import Testing

@testable import Gates

/// `judge_by: interval`: what chance explains neither fails nor passes.
@Suite struct IntervalVerdictTests {
    private func fairness(_ evidence: ScoredEvidence, _ settings: [String: GateSetting]) -> Judgement {
        Fairness(GateSettings(defaultsOf: Fairness.descriptor, overriding: settings))
            .judge(Evidence(scores: .available(evidence)))
    }

    private let byInterval: [String: GateSetting] = ["judge_by": .text("interval")]

    /// Every group drawn from one distribution: AUC 0.76, 30 % positives, so that each difference is chance.
    private func alike(groups: Int, rowsPerGroup: Int, seed: UInt64) -> ScoredEvidence {
        var generator = SeededGenerator(seed: seed)
        let rows = groups * rowsPerGroup
        let labels = (0..<rows).map { _ in generator.uniform() < 0.3 ? 1.0 : 0.0 }
        // Two normal distributions one standard deviation apart: AUC Φ(1/√2) = 0.76.
        let scores = labels.map { Normal.cdf(generator.normal() + ($0 == 1 ? 0.5 : -0.5)) }
        return ScoredEvidence(
            labels: labels, candidate: ScoreMatrix(values: scores),
            groupings: [
                .init(
                    name: "region", codes: (0..<rows).map { Int32($0 % groups) }, categories: (0..<groups).map { "r\($0)" })
            ])
    }

    @Test("a fair model with eight small groups nearly always fails by its point values and hardly ever by intervals")
    func chanceAlone() {
        var failures = (point: 0, interval: 0)
        var passes = 0
        for seed in 0..<200 as Range<UInt64> {
            let evidence = alike(groups: 8, rowsPerGroup: 65, seed: seed)
            if fairness(evidence, [:]).verdict == .fail { failures.point += 1 }
            let judgement = fairness(evidence, byInterval)
            if judgement.verdict == .fail { failures.interval += 1 }
            if judgement.verdict == .pass { passes += 1 }
        }
        // statistics.md's simulation of the AUC rule alone: 99.7 % and 7.7 %.
        #expect(failures.point >= 190)
        #expect(failures.interval <= 24)
        #expect(passes == 0, "65 rows per group cannot show that gaps are below 0.05")
    }

    @Test("with enough rows the same fair model passes by intervals")
    func enoughRows() {
        let judgement = fairness(alike(groups: 2, rowsPerGroup: 40_000, seed: 1), byInterval)
        #expect(judgement.verdict == .pass)
    }

    /// Rows of two segments of which so many are declined, equally ranked.
    private func declined(_ shares: [(name: String, rows: Int, declined: Int)]) -> ScoredEvidence {
        var labels: [Double] = []
        var scores: [Double] = []
        var codes: [Int32] = []
        for (index, segment) in shares.enumerated() {
            for row in 0..<segment.rows {
                labels.append(row % 5 == 0 ? 1 : 0)
                scores.append(row * 7919 % segment.rows < segment.declined ? 0.8 : 0.2)
                codes.append(Int32(index))
            }
        }
        return ScoredEvidence(
            labels: labels, candidate: ScoreMatrix(values: scores),
            groupings: [.init(name: "size", codes: codes, categories: shares.map(\.name))])
    }

    private let ratioOnly: [String: GateSetting] = [
        "judge_by": .text("interval"), "max_demographic_disparity": .number(1),
    ]

    @Test("a segment declined three times as often fails by intervals as well, with how sure that is")
    func theIncident() {
        let judgement = fairness(declined([("small", 1000, 421), ("large", 1000, 130)]), ratioOnly)
        #expect(judgement.verdict == .fail)
        #expect(
            judgement.reason
                == "size: impact ratio 0.31 < 0.80 (small 42.1 % vs large 13.0 %, adjusted p < 0.001).")
    }

    @Test("a ratio below the limit that so few rows allow by chance is inconclusive and says how many rows would decide")
    func undecidedRatio() {
        let judgement = fairness(declined([("small", 100, 40), ("large", 100, 30)]), ratioOnly)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.reason.contains("size: impact ratio 0.75 (small 40.0 % vs large 30.0 %), its interval 0.51…1.10"))
        #expect(judgement.reason.contains("rows like these would decide, there are 100"))
        #expect(
            fairness(declined([("small", 100, 40), ("large", 100, 30)]), ["max_demographic_disparity": .number(1)]).verdict
                == .fail)
    }

    @Test("a rate that is low without being the lowest is asked about too")
    func everyGroupAgainstTheHighest() {
        // The lowest rate is one of ten rows too few to tell; the second lowest is certain.
        let judgement = fairness(
            declined([("a", 2000, 1000), ("b", 2000, 600), ("c", 40, 11)]), ratioOnly)
        #expect(judgement.verdict == .fail)
        #expect(judgement.reason.contains("impact ratio 0.60 < 0.80 (a 50.0 % vs b 30.0 %"))
    }

    private func latency(_ milliseconds: [Double], _ settings: [String: GateSetting]) -> Judgement {
        let evidence = LatencyEvidence(
            mode: .openLoop, milliseconds: milliseconds, warmUpCount: 10, errorCount: 0, ratePerSecond: 50,
            runner: "native lightgbm")
        let given = settings.merging(["requests": .integer(1)]) { first, _ in first }
        return Latency(GateSettings(defaultsOf: Latency.descriptor, overriding: given))
            .judge(Evidence(latency: .available(evidence)))
    }

    /// So many requests, of which a share is slow.
    private func times(_ count: Int, slow: Int) -> [Double] { (0..<count).map { $0 < slow ? 80 : 10 + Double($0 % 7) } }

    @Test("p95 is decided by its one-sided bound: sure, surely not, or how many requests would tell")
    func latencyBounds() {
        #expect(latency(times(1000, slow: 10), byInterval).verdict == .pass)
        #expect(latency(times(1000, slow: 90), byInterval).verdict == .fail)
        let open = latency(times(500, slow: 22), byInterval)
        #expect(open.verdict == .inconclusive)
        #expect(
            open.reason.contains("cannot be told from the budget of 50.0 ms: about 3,570 requests would decide, there are 500"))
        #expect(latency(times(500, slow: 22), [:]).verdict == .pass)
        let few = latency(times(40, slow: 0), byInterval)
        #expect(few.verdict == .inconclusive)
        #expect(few.reason.contains("about 59 requests would decide, there are 40"))
    }

    @Test("a p95 above the budget that chance explains still fails by its point, with a warning")
    func latencyWarning() {
        let judgement = latency(times(500, slow: 28), [:])
        #expect(judgement.verdict == .fail)
        #expect(judgement.warnings.contains { $0.hasPrefix("p95 may be as low as") })
    }

    private func drift(_ training: [[Int]], _ current: [[Int]], _ settings: [String: GateSetting]) -> Judgement {
        func profiles(_ counts: [[Int]]) -> [FeatureProfile] {
            counts.enumerated().map { index, counts in
                FeatureProfile(
                    name: "f\(index)", buckets: .numeric(edges: (0...counts.count).map(Double.init), counts: counts), missing: 0)
            }
        }
        let evidence = DriftEvidence(
            training: profiles(training), current: profiles(current), currentSource: "dataset now@1")
        return DataDrift(GateSettings(defaultsOf: DataDrift.descriptor, overriding: settings))
            .judge(Evidence(drift: .available(evidence)))
    }

    /// So many rows of ten equally likely buckets.
    private func drawn(_ rows: Int, _ generator: inout SeededGenerator) -> [Int] {
        var counts = [Int](repeating: 0, count: 10)
        for _ in 0..<rows { counts[generator.below(10)] += 1 }
        return counts
    }

    @Test("fifty features that have not drifted often fail by point on a hundred rows, and hardly ever by interval")
    func driftByChance() {
        var generator = SeededGenerator(seed: 3)
        let few: [String: GateSetting] = ["min_rows": .integer(50)]
        var failures = (point: 0, interval: 0)
        for _ in 0..<40 {
            let training = (0..<50).map { _ in drawn(1000, &generator) }
            let current = (0..<50).map { _ in drawn(100, &generator) }
            if drift(training, current, few).verdict == .fail { failures.point += 1 }
            let judgement = drift(training, current, few.merging(byInterval) { first, _ in first })
            if judgement.verdict == .fail { failures.interval += 1 }
        }
        // Holm's correction allows chance 2 of 40.
        #expect(failures.interval <= 5)
        #expect(failures.point >= 20)
    }

    @Test("a large index that so few rows reach by chance is inconclusive and says how many current rows would tell")
    func undecidedDrift() {
        let judgement = drift(
            [[Int](repeating: 100, count: 10)], [[2, 2, 9, 4, 5, 6, 7, 4, 3, 8]],
            ["judge_by": .text("interval"), "min_rows": .integer(50)])
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.reason.contains("which chance alone reaches: 93 current rows would tell, there are 50"))
    }

    @Test("a large index that chance does not explain fails by interval, and enough rows without drift pass")
    func sureDrift() {
        let judgement = drift([[500, 500], [500, 500]], [[500, 500], [200, 800]], byInterval)
        #expect(judgement.verdict == .fail)
        #expect(judgement.reason == "1 of 2 features against dataset now@1: f1: PSI 0.42 > 0.20.")
        #expect(drift([[500, 500]], [[505, 495]], byInterval).verdict == .pass)
        let p = judgement.measurements.first { $0.metric == "psi_p" && $0.subject == "f0" }
        #expect(p?.value == 1 && p?.reason == "of no drift, all features counted: holm")
    }
}

/// Rules that compare a group with the champion, and rows that count differently.
@Suite struct FairnessBesideChampionTests {
    /// Group a is ranked as before; in group b the candidate swaps so many pairs that the champion ranked rightly.
    private func evidence(rowsPerClass: Int, swapped: Int, weights: [Double]? = nil) -> ScoredEvidence {
        var (labels, candidate, champion, codes) = ([Double](), [Double](), [Double](), [Int32]())
        for group in 0..<2 as Range<Int32> {
            for row in 0..<rowsPerClass {
                let isSwapped = group == 1 && row < swapped
                for label in [1.0, 0.0] {
                    labels.append(label)
                    codes.append(group)
                    let rank = Double(row) / Double(rowsPerClass) * 0.3
                    champion.append((label == 1 ? 0.55 : 0.3) + rank)
                    candidate.append(((label == 1) != isSwapped ? 0.55 : 0.3) + rank)
                }
            }
        }
        return ScoredEvidence(
            labels: labels, candidate: ScoreMatrix(values: candidate), champion: ScoreMatrix(values: champion),
            groupings: [.init(name: "segment", codes: codes, categories: ["a", "b"])], weights: weights)
    }

    private func judge(_ evidence: ScoredEvidence, _ settings: [String: GateSetting]) -> Judgement {
        let lenient: [String: GateSetting] = ["max_demographic_disparity": .number(1), "min_impact_ratio": .number(0)]
        return Fairness(
            GateSettings(defaultsOf: Fairness.descriptor, overriding: lenient.merging(settings) { _, given in given })
        ).judge(Evidence(scores: .available(evidence)))
    }

    @Test("a group ranked worse than by the champion is recorded and warned about, and fails where the policy sets a limit")
    func worseThanChampion() throws {
        let evidence = evidence(rowsPerClass: 500, swapped: 50)
        let unlimited = judge(evidence, [:])
        #expect(unlimited.verdict == .pass)
        #expect(unlimited.warnings.contains { $0.contains("the AUC of b is 0.") && $0.contains("below the champion's") })
        let change = try #require(
            unlimited.measurements.first { $0.metric == "auc_champion_difference" && $0.subject == "segment=b" })
        #expect((change.value ?? 0) < -0.02 && (change.upper ?? 0) < 0 && change.verdict == nil)
        let limited = judge(evidence, ["max_loss_to_champion": .number(0.01)])
        #expect(limited.verdict == .fail)
        #expect(limited.reason.hasPrefix("segment: AUC of b is 0.") && limited.reason.contains("allowed 0.010 (n = 1000)"))
        let sure = judge(evidence, ["max_loss_to_champion": .number(0.01), "judge_by": .text("interval")])
        #expect(sure.verdict == .fail && sure.reason.contains("adjusted p"))
    }

    @Test("a loss that chance explains is inconclusive by interval")
    func lossByChance() {
        let settings: [String: GateSetting] = ["max_loss_to_champion": .number(0.01)]
        let evidence = evidence(rowsPerClass: 20, swapped: 1)
        #expect(judge(evidence, settings).verdict == .fail)
        let judgement = judge(evidence, settings.merging(["judge_by": .text("interval")]) { _, given in given })
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.reason.contains("AUC against the champion, its interval"))
    }

    @Test("rows of weight 0 do not count: without them the group is as it was")
    func weighted() {
        let base = evidence(rowsPerClass: 500, swapped: 50)
        let isSwapped = zip(base.candidate.values, base.champion?.values ?? []).map { $0 != $1 }
        let weighted = evidence(rowsPerClass: 500, swapped: 50, weights: isSwapped.map { $0 ? 0 : 2 })
        let judgement = judge(weighted, ["max_loss_to_champion": .number(0.001)])
        #expect(judgement.verdict == .pass)
        #expect(judgement.measurements.filter { $0.metric == "auc_champion_difference" }.allSatisfy { $0.value == 0 })
    }

    @Test("weights that are none make an error that names the row")
    func impossibleWeights() {
        var weights = [Double](repeating: 1, count: 80)
        weights[4] = -1
        let judgement = judge(evidence(rowsPerClass: 20, swapped: 0, weights: weights), [:])
        #expect(judgement.verdict == .error)
        #expect(judgement.reason.contains("row 5"))
    }

    @Test("a limit beside the champion is not silently kept where there is no champion to compare with")
    func noChampion() {
        let base = evidence(rowsPerClass: 100, swapped: 0)
        func alone(_ champion: ScoreMatrix?) -> ScoredEvidence {
            ScoredEvidence(labels: base.labels, candidate: base.candidate, champion: champion, groupings: base.groupings)
        }
        let settings: [String: GateSetting] = ["max_loss_to_champion": .number(0.01)]
        let first = judge(alone(nil), settings)
        #expect(first.verdict == .pass)
        #expect(first.warnings.contains("There is no champion yet, so no group is compared with it."))
        let unranked = ScoreMatrix(values: base.labels.map { _ in .nan })
        #expect(judge(alone(unranked), settings).verdict == .inconclusive)
        #expect(judge(alone(unranked), [:]).verdict == .pass)
    }
}
