import GatehouseCore
import Statistics
import Testing

@testable import Gates

@Suite struct FairnessTests {
    /// Rows of one group with two-level scores, of which so many are declined (score 0.8).
    struct Segment {
        var name: String
        var positives: Int
        var negatives: Int
        var declinedPositives: Int
        var declinedNegatives: Int
    }

    private func evidence(_ segments: [Segment], name: String = "business_size") -> ScoredEvidence {
        var labels: [Double] = []
        var scores: [Double] = []
        var codes: [Int32] = []
        for (index, segment) in segments.enumerated() {
            for (label, count, declined) in [
                (1.0, segment.positives, segment.declinedPositives), (0.0, segment.negatives, segment.declinedNegatives),
            ] {
                for row in 0..<count {
                    labels.append(label)
                    scores.append(row < declined ? 0.8 : 0.2)
                    codes.append(Int32(index))
                }
            }
        }
        let grouping = ScoredEvidence.Grouping(name: name, codes: codes, categories: segments.map(\.name))
        return ScoredEvidence(labels: labels, candidate: ScoreMatrix(values: scores), groupings: [grouping])
    }

    private func judge(_ evidence: ScoredEvidence, _ settings: [String: GateSetting] = [:]) -> Judgement {
        Fairness(GateSettings(defaultsOf: Fairness.descriptor, overriding: settings))
            .judge(Evidence(scores: .available(evidence)))
    }

    private let large = Segment(name: "large", positives: 200, negatives: 800, declinedPositives: 100, declinedNegatives: 30)
    private let small = Segment(name: "small", positives: 200, negatives: 800, declinedPositives: 160, declinedNegatives: 261)

    @Test("a segment declined three times as often fails although every AUC gap is small")
    func theIncident() throws {
        let judgement = judge(evidence([small, large]))
        #expect(judgement.verdict == .fail)
        #expect(judgement.reason == "business_size: impact ratio 0.31 < 0.80 (small 42.1 % vs large 13.0 %).")
        let gaps = judgement.measurements.filter { $0.metric == "auc_gap" }
        #expect(gaps.map(\.subject) == ["business_size=large", "business_size=small"])
        #expect(gaps.allSatisfy { ($0.value ?? 1) < 0.01 && $0.verdict == .pass })
        let ratio = try #require(judgement.measurements.first { $0.metric == "impact_ratio" })
        #expect(ratio.value == 0.13 / 0.421 && ratio.limit == .atLeast(0.8) && ratio.verdict == .fail)
        #expect((ratio.upper ?? 1) < 0.8)
        let parity = try #require(judgement.measurements.first { $0.metric == "demographic_parity_difference" })
        #expect(abs((parity.value ?? 0) - 0.291) < 1e-12)
        let odds = try #require(judgement.measurements.first { $0.metric == "equalized_odds_difference" })
        #expect(abs((odds.value ?? 0) - 0.3) < 1e-12)
    }

    @Test("groups that are treated alike pass, with the worst numbers in the sentence")
    func alike() {
        var other = large
        other.name = "small"
        other.declinedNegatives = 35
        let judgement = judge(evidence([other, large]))
        #expect(judgement.verdict == .pass)
        #expect(
            judgement.reason
                == "The groups of business_size are treated alike: largest AUC gap 0.002, allowed 0.050; lowest impact ratio 0.96, required 0.80."
        )
    }

    @Test("both limits are inclusive, bit for bit")
    func inclusiveLimits() throws {
        // Selection rates 0.1 and 0.125: a ratio of exactly 0.8.
        let low = Segment(name: "small", positives: 200, negatives: 800, declinedPositives: 80, declinedNegatives: 20)
        let high = Segment(name: "large", positives: 200, negatives: 800, declinedPositives: 90, declinedNegatives: 35)
        let evidence = evidence([low, high])
        #expect(judge(evidence).verdict == .pass)
        #expect(judge(evidence, ["min_impact_ratio": .number(0.8.nextUp)]).verdict == .fail)
        let gap = try #require(judge(evidence).measurements.filter { $0.metric == "auc_gap" }.compactMap(\.value).max())
        #expect(judge(evidence, ["max_demographic_disparity": .number(gap)]).verdict == .pass)
        #expect(judge(evidence, ["max_demographic_disparity": .number(gap.nextDown)]).verdict == .fail)
    }

    @Test("a group that is ranked worse fails on its AUC gap")
    func rankedWorse() {
        // Selected equally often, but by chance: the AUC is 0.5 instead of 0.73.
        var chance = large
        chance.name = "small"
        (chance.declinedPositives, chance.declinedNegatives) = (26, 104)
        let judgement = judge(evidence([chance, large]))
        #expect(judgement.verdict == .fail)
        #expect(judgement.reason.contains("business_size: AUC gap of small 0.11"))
        #expect(!judgement.reason.contains("impact ratio"))
    }

    @Test("a named group below the minimum leaves the verdict open and says its size")
    func tooSmall() throws {
        let tiny = Segment(name: "medium", positives: 5, negatives: 24, declinedPositives: 3, declinedNegatives: 1)
        var alike = large
        alike.name = "small"
        let judgement = judge(evidence([alike, large, tiny]))
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.reason == "business_size: cannot judge medium (n = 29): too_small (n < 30).")
        let gap = try #require(
            judgement.measurements.first { $0.metric == "auc_gap" && $0.subject == "business_size=medium" })
        #expect(gap.verdict == .inconclusive && gap.reason == "too_small (n < 30)" && gap.value != nil)
        #expect(judge(evidence([alike, large, tiny]), ["min_group_size": .integer(29)]).verdict != .inconclusive)
    }

    @Test("a broken rule outranks a group that is too small")
    func failOutranksDoubt() {
        let tiny = Segment(name: "medium", positives: 1, negatives: 3, declinedPositives: 1, declinedNegatives: 1)
        #expect(judge(evidence([small, large, tiny])).verdict == .fail)
    }

    @Test("a group of a single class has no AUC and says so, instead of 0 or 1")
    func singleClass() throws {
        var alike = large
        alike.name = "small"
        let oneClass = Segment(name: "medium", positives: 0, negatives: 100, declinedPositives: 0, declinedNegatives: 13)
        let judgement = judge(evidence([alike, large, oneClass]))
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.reason.contains("medium (n = 100): single_class"))
        let auc = try #require(judgement.measurements.first { $0.metric == "auc" && $0.subject == "business_size=medium" })
        #expect(auc.value == nil && auc.reason == "single_class")
        let rate = try #require(
            judgement.measurements.first { $0.metric == "true_positive_rate" && $0.subject == "business_size=medium" })
        #expect(rate.value == nil && rate.n == 0)
    }

    @Test("min_class_size keeps a group with one positive from deciding by luck")
    func classMinimum() {
        var alike = large
        alike.name = "small"
        let lucky = Segment(name: "medium", positives: 1, negatives: 99, declinedPositives: 1, declinedNegatives: 12)
        #expect(judge(evidence([alike, large, lucky])).verdict == .fail)
        let judgement = judge(evidence([alike, large, lucky]), ["min_class_size": .integer(10)])
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.reason.contains("too_few_of_a_class (< 10)"))
    }

    @Test("a gap that a handful of rows cannot tell from the limit is judged with a warning")
    func unsureGap() {
        var alike = large
        alike.name = "small"
        let few = Segment(name: "medium", positives: 10, negatives: 40, declinedPositives: 6, declinedNegatives: 1)
        let judgement = judge(evidence([alike, large, few]))
        #expect(judgement.verdict == .fail)
        #expect(judgement.warnings.contains { $0.contains("cannot be told from the limit 0.050") && $0.contains("medium") })
    }

    @Test("nobody selected leaves the impact ratio open and names the threshold")
    func nobodySelected() {
        var none = large
        (none.declinedPositives, none.declinedNegatives) = (0, 0)
        var other = none
        other.name = "small"
        let judgement = judge(evidence([none, other]))
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.reason.contains("no score reaches the decision threshold 0.500"))
    }

    @Test("a single group has nothing to be compared with")
    func singleGroup() {
        let judgement = judge(evidence([large]))
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.reason.contains("fewer than two groups"))
    }

    @Test("no groups at all decide nothing and name the key that is missing")
    func noGroups() {
        let judgement = judge(ScoredEvidence(labels: [0, 1], candidate: ScoreMatrix(values: [0.1, 0.9])))
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.reason.contains("evaluation.groups"))
    }

    @Test("rows without a group value are a group of their own that can fail but not leave the verdict open")
    func missingValues() {
        var alike = large
        alike.name = "small"
        let base = evidence([alike, large])
        func withMissing(_ rows: Range<Int>) -> ScoredEvidence {
            var codes = base.groupings[0].codes
            for row in rows { codes[row] = -1 }
            return ScoredEvidence(
                labels: base.labels, candidate: base.candidate,
                groupings: [.init(name: "business_size", codes: codes, categories: ["small", "large"])])
        }
        let few = judge(withMissing(995..<1005))
        #expect(few.verdict == .pass)
        #expect(few.warnings.contains { $0.contains("not judged: (missing) (n = 10): too_small (n < 30)") })
        // The first hundred rows are all declined.
        let many = judge(withMissing(0..<100))
        #expect(many.verdict == .fail)
        #expect(many.reason.contains("(missing) 100.0 %"))
    }

    @Test("codes that do not fit are an error, never an index")
    func badCodes() {
        for codes: [Int32] in [[0, 1], [0, 7, 0], [0, -2, 0]] {
            let evidence = ScoredEvidence(
                labels: [0, 1, 1], candidate: ScoreMatrix(values: [0.1, 0.9, 0.8]),
                groupings: [.init(name: "region", codes: codes, categories: ["north", "south"])])
            #expect(judge(evidence).verdict == .error)
        }
    }

    @Test("NaN scores are an error")
    func nanScores() {
        let evidence = ScoredEvidence(
            labels: [0, 1], candidate: ScoreMatrix(values: [0.1, .nan]),
            groupings: [.init(name: "region", codes: [0, 0], categories: ["north"])])
        let judgement = judge(evidence)
        #expect(judgement.verdict == .error)
        #expect(judgement.reason == "Fairness cannot be measured: 1 score is NaN or infinite, first in row 2.")
    }
}

@Suite struct IntersectionTests {
    private func judge(_ evidence: ScoredEvidence) -> Judgement {
        Fairness(GateSettings(defaultsOf: Fairness.descriptor)).judge(Evidence(scores: .available(evidence)))
    }

    /// Two groupings that are fair by themselves; `rate(a, b)` of each cell's hundred rows are declined at random.
    private func evidence(cellRows: (Int, Int) -> Int, rate: (Int, Int) -> Double) -> ScoredEvidence {
        var generator = SeededGenerator(seed: 4)
        var labels: [Double] = []
        var scores: [Double] = []
        var codes: ([Int32], [Int32]) = ([], [])
        for a in 0..<2 {
            for b in 0..<2 {
                let rows = cellRows(a, b)
                for row in 0..<rows {
                    labels.append(row % 2 == 0 ? 1 : 0)
                    let isDeclined = Double(row / 2) < rate(a, b) * Double(rows) / 2
                    scores.append(isDeclined ? 0.6 + 0.3 * generator.uniform() : 0.3 * generator.uniform())
                    codes.0.append(Int32(a))
                    codes.1.append(Int32(b))
                }
            }
        }
        return ScoredEvidence(
            labels: labels, candidate: ScoreMatrix(values: scores),
            groupings: [
                .init(name: "age", codes: codes.0, categories: ["young", "old"]),
                .init(name: "size", codes: codes.1, categories: ["small", "large"]),
            ], intersections: true)
    }

    @Test("an intersection fails where each grouping alone is fair")
    func hiddenUnfairness() {
        let judgement = judge(evidence(cellRows: { _, _ in 2000 }, rate: { $0 == $1 ? 0.4 : 0.1 }))
        #expect(judgement.verdict == .fail)
        #expect(judgement.reason.hasPrefix("age × size: impact ratio 0.25 < 0.80 ("))
        #expect(judgement.measurements.contains { $0.metric == "impact_ratio" && $0.subject == "age" && $0.verdict == .pass })
        #expect(judgement.measurements.contains { $0.metric == "auc_gap" && $0.subject == "age=young, size=large" })
    }

    @Test("thin and empty intersections are listed with a warning and do not block")
    func thinIntersections() throws {
        let judgement = judge(
            evidence(cellRows: { a, b in a == 0 ? 2000 : b == 0 ? 2020 : 0 }, rate: { _, _ in 0.3 }))
        #expect(judgement.verdict == .pass, "\(judgement.reason)")
        #expect(judgement.warnings.contains { $0.contains("age × size: not judged: old × large (n = 0): empty") })
        let cell = try #require(
            judgement.measurements.first { $0.metric == "auc_gap" && $0.subject == "age=old, size=large" })
        #expect(cell.n == 0 && cell.verdict == .inconclusive && cell.reason == "empty")
    }

    @Test("too many combinations are not judged, and that is said")
    func tooMany() {
        let names = (0..<100).map { "g\($0)" }
        let grouping = { (name: String) in
            ScoredEvidence.Grouping(name: name, codes: [0, 0], categories: names)
        }
        let judgement = judge(
            ScoredEvidence(
                labels: [0, 1], candidate: ScoreMatrix(values: [0.1, 0.9]), groupings: [grouping("a"), grouping("b")],
                intersections: true))
        #expect(judgement.warnings.contains { $0.hasPrefix("The intersections were not judged") })
    }
}
