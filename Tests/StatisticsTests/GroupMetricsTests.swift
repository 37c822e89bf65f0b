import Testing

@testable import Statistics

@Suite struct GroupMetricsTests {
    @Test("a group is measured like a data set of its own")
    func sameAsAlone() throws {
        var generator = SeededGenerator(seed: 21)
        let labels = (0..<500).map { _ in Double(generator.below(2)) }
        let values = labels.map { Double(Int(($0 + generator.normal()) * 5)) }  // coarse: ties within and across groups
        let codes = (0..<500).map { _ in Int32(generator.below(4)) - 1 }
        let scores = try BinaryScores(labels: labels, scores: values, decisionThreshold: 3)
        let groups = try #require(scores.metrics(byGroup: codes, groups: 3))
        for group in 0..<3 {
            let rows = codes.indices.filter { codes[$0] == Int32(group) }
            let alone = try BinaryScores(
                labels: rows.map { labels[$0] }, scores: rows.map { values[$0] }, decisionThreshold: 3)
            let counts = groups[group].confusion
            #expect(
                [counts.trueNegatives, counts.falsePositives, counts.falseNegatives, counts.truePositives]
                    == alone.decisionTable().cells.map(\.rows))
            let expected = DeLong.estimate(alone)
            #expect(groups[group].auc.value == expected.value)
            #expect(near(groups[group].auc.interval?.lower, try #require(expected.interval?.lower)))
            #expect(near(groups[group].auc.interval?.upper, try #require(expected.interval?.upper)))
            #expect(near(groups[group].aucDifference.value, try #require(alone.auc()) - (try #require(scores.auc()))))
        }
    }

    @Test("the gap's interval agrees with resampling, which knows that the whole contains the group")
    func gapInterval() throws {
        var generator = SeededGenerator(seed: 8)
        let labels = (0..<600).map { _ in Double(generator.below(2)) }
        let values = labels.map { $0 + generator.normal() }
        let codes = labels.indices.map { Int32($0 % 3 == 0 ? 0 : 1) }
        let scores = try BinaryScores(labels: labels, scores: values)
        let interval = try #require(scores.metrics(byGroup: codes, groups: 2)?[0].aucDifference.interval)
        let rows = codes.indices.filter { codes[$0] == 0 }
        let alone = try BinaryScores(labels: rows.map { labels[$0] }, scores: rows.map { values[$0] })
        let resamples = try #require(
            Bootstrap(seed: 4).resamples(rows: 600, statistics: 1) { drawn in
                guard let own = alone.auc(drawn: rows.map { drawn[$0] }), let all = scores.auc(drawn: drawn) else {
                    return nil
                }
                return [own - all]
            })
        let resampled = try #require(resamples.percentileInterval(0))
        #expect(near(interval.lower, resampled.lower, 0.006) && near(interval.upper, resampled.upper, 0.006))
    }

    @Test("a group without rows, of one class, and of everybody")
    func degenerate() throws {
        let scores = try BinaryScores(labels: [0, 1, 1, 1], scores: [0.4, 0.3, 0.8, 0.9])
        let groups = try #require(scores.metrics(byGroup: [0, 0, 1, 1], groups: 3))
        #expect(groups[0].auc.value == 0 && groups[0].aucDifference.interval == nil)
        #expect(groups[1].auc.value == nil && groups[1].aucGap == nil && !groups[1].hasBothClasses)
        #expect(groups[1].confusion.falsePositiveRate == nil)
        #expect(groups[2].count == 0 && groups[2].confusion.selectionRate == nil && groups[2].selectionRateInterval == nil)
        let everybody = try #require(scores.metrics(byGroup: [0, 0, 0, 0], groups: 1))
        #expect(everybody[0].aucGap == 0)
    }

    @Test("codes that do not fit are refused, not indexed")
    func badCodes() throws {
        let scores = try BinaryScores(labels: [0, 1], scores: [0.4, 0.3])
        #expect(scores.metrics(byGroup: [0, 2], groups: 2) == nil)
        #expect(scores.metrics(byGroup: [0, -2], groups: 2) == nil)
        #expect(scores.metrics(byGroup: [0], groups: 2) == nil)
    }

    @Test("a gap whose signed interval crosses 0 starts at 0")
    func foldedInterval() {
        func gap(_ lower: Double, _ upper: Double) -> Interval? {
            let difference = Estimate(value: 0, interval: Interval(lower: lower, upper: upper), method: .delongPaired)
            let auc = Estimate(value: 0.7, interval: nil, method: .delongLogit)
            return GroupMetrics(confusion: ConfusionCounts(), auc: auc, aucDifference: difference).aucGapInterval
        }
        #expect(gap(-0.1, 0.02) == Interval(lower: 0, upper: 0.1))
        #expect(gap(-0.1, -0.02) == Interval(lower: 0.02, upper: 0.1))
        #expect(gap(0.02, 0.1) == Interval(lower: 0.02, upper: 0.1))
    }
}

@Suite struct DisparityTests {
    private func group(tp: Int, fp: Int, tn: Int, fn: Int) -> GroupMetrics {
        var counts = ConfusionCounts()
        (counts.truePositives, counts.falsePositives, counts.trueNegatives, counts.falseNegatives) = (tp, fp, tn, fn)
        let none = Estimate(value: nil, interval: nil, method: .delongLogit)
        return GroupMetrics(confusion: counts, auc: none, aucDifference: none)
    }

    @Test("differences and ratios are between the least and the greatest rate")
    func spread() {
        let disparity = Disparity([group(tp: 20, fp: 10, tn: 60, fn: 10), group(tp: 5, fp: 5, tn: 85, fn: 5)])
        #expect(near(disparity.impactRatio, 0.1 / 0.3))
        #expect(near(disparity.demographicParityDifference, 0.2))
        #expect(near(disparity.equalOpportunityDifference, 20.0 / 30 - 0.5))
        #expect(near(disparity.equalizedOddsDifference, 20.0 / 30 - 0.5))
        #expect(disparity.selectionRate?.lowest.group == 1 && disparity.selectionRate?.highest.group == 0)
    }

    @Test("groups without rows take no part; nobody selected leaves no ratio")
    func undefined() {
        let empty = group(tp: 0, fp: 0, tn: 0, fn: 0)
        let nobody = group(tp: 0, fp: 0, tn: 5, fn: 5)
        #expect(Disparity([empty]).selectionRate == nil)
        #expect(Disparity([empty, nobody, nobody]).impactRatio == nil)
        #expect(Disparity([empty, nobody, nobody]).demographicParityDifference == 0)
        // A group without positives does not turn the true positive rate into 0.
        #expect(
            Disparity([group(tp: 0, fp: 1, tn: 1, fn: 0), group(tp: 1, fp: 1, tn: 1, fn: 1)]).equalOpportunityDifference == 0)
    }
}
