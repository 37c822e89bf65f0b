import GatehouseCore
import Rollouts
import Serving
import Statistics
import Testing

@Suite("Shadow report")
struct ShadowReportTests {
    private static let start = Timestamp(milliseconds: 1_000_000 * 3_600_000)

    private static func pair(
        _ number: Int, _ production: [Double]?, _ shadow: [Double]?, segment: String = "default", failure: String? = nil
    ) -> ShadowPair {
        ShadowPair(
            requestID: "r\(number)", endpoint: "credit", segment: segment, at: start.adding(.seconds(number)),
            featuresHash: nil,
            production: .init(version: 1, status: 200, latencyMicroseconds: 1_000, predictions: production),
            shadow: .init(version: 2, status: 200, latencyMicroseconds: 2_000, predictions: shadow, failure: failure))
    }

    private static func requirements() -> ShadowRequirements {
        var requirements = ShadowRequirements()
        requirements.minSeconds = 3_600
        requirements.maxDisagreement = 0.05
        return requirements
    }

    /// `disagreeing` of `count` pairs decide differently.
    private static func report(
        _ count: Int, disagreeing: Int, hours: Int64 = 2, dropped: Int = 0,
        _ requirements: ShadowRequirements = Self.requirements()
    ) -> ShadowReport {
        var tally = ShadowTally()
        for number in 0..<count { tally.observe(pair(number, [0.4], [number < disagreeing ? 0.6 : 0.41])) }
        var counts = ShadowCounts()
        counts.eligible = count + dropped
        counts.mirrored = count
        counts.drop(.countFull, count: dropped)
        return ShadowReport(
            tally, counts: counts, startedAt: start, until: start.adding(.seconds(hours * 3_600)), requirements: requirements)
    }

    @Test("long, complete and agreeing is a pass")
    func pass() {
        let report = Self.report(5_000, disagreeing: 50)
        #expect(report.verdict == .pass, "\(report.reasons)")
        #expect(report.reasons.isEmpty)
        #expect(report.disagreement == 0.01)
        #expect(report.coverage == 1)
    }

    @Test("surely above the limit fails; perhaps above it is inconclusive, not a pass")
    func disagreement() {
        #expect(Self.report(5_000, disagreeing: 500).verdict == .fail)
        let open = Self.report(1_200, disagreeing: 50)
        #expect(open.verdict == .inconclusive)
        #expect(open.reasons.contains { $0.contains("may still be") })
    }

    @Test("nothing at all is no pass, and says so")
    func empty() {
        let report = Self.report(0, disagreeing: 0)
        #expect(report.verdict == .inconclusive)
        #expect(report.reasons.contains("no prediction was compared"))
        #expect(report.reasons.contains("no request was to be copied"))
        #expect(report.disagreement == nil && report.coverage == nil && report.distances.isEmpty)
        #expect(report.json["disagreement"]?["value"] == .null)
    }

    @Test("too short, too few, too many dropped and less than a week are each a reason")
    func reasons() {
        #expect(Self.report(5_000, disagreeing: 0, hours: 0).reasons.contains { $0.contains("it ran for 0 s") })
        #expect(Self.report(900, disagreeing: 0).reasons.contains { $0.contains("900 of 1,000 requests") })
        #expect(Self.report(5_000, disagreeing: 0, dropped: 1_000).reasons.contains { $0.contains("not missing at random") })
        var weekly = Self.requirements()
        weekly.wholeWeeks = true
        #expect(Self.report(5_000, disagreeing: 0, hours: 167, weekly).verdict == .inconclusive)
        #expect(Self.report(5_000, disagreeing: 0, hours: 168, weekly).verdict == .pass)
    }

    @Test("answers that failed or are of another length are not compared, and lower the coverage")
    func incomparable() {
        var tally = ShadowTally()
        for number in 0..<90 { tally.observe(Self.pair(number, [0.4], [0.4])) }
        for number in 90..<95 { tally.observe(Self.pair(number, [0.4], nil, failure: "deadline")) }
        for number in 95..<100 { tally.observe(Self.pair(number, [0.4], [0.4, 0.5])) }
        tally.observe(Self.pair(100, [.nan], [0.4]))
        var counts = ShadowCounts()
        (counts.eligible, counts.mirrored) = (101, 101)
        let report = ShadowReport(
            tally, counts: counts, startedAt: Self.start, until: Self.start.adding(.seconds(7_200)),
            requirements: Self.requirements())
        #expect(report.rows == 90)
        #expect(report.coverage == 90.0 / 101)
        #expect(report.failures == ["deadline": 5])
        #expect(report.silentHours == 1)
    }

    // scipy 1.17: binomtest(3, 13, 0.5).pvalue = 0.09228515625
    @Test("labels tell which version is right where they disagree")
    func labels() throws {
        var tally = ShadowTally()
        for number in 0..<13 { tally.observe(Self.pair(number, [0.4], [0.6]), labels: [number < 10 ? 1 : 0]) }
        for number in 13..<40 { tally.observe(Self.pair(number, [0.4], [0.4]), labels: [0]) }
        let report = ShadowReport(
            tally, counts: ShadowCounts(), startedAt: Self.start, until: Self.start, requirements: Self.requirements())
        let labelled = try #require(report.labelled)
        #expect(labelled.rows == 40 && labelled.shadowAlone == 10 && labelled.productionAlone == 3)
        #expect(abs(labelled.mcnemarP - 0.09228515625) < 1e-12)
        // (0.6−1)² − (0.4−1)² = −0.2 ten times, 0.36 − 0.16 = 0.2 three times, 0 otherwise: −1.4/40.
        #expect(abs((labelled.squaredError.value ?? 0) + 0.035) < 1e-12)
    }

    @Test("the slice in which the versions differ is named first")
    func slices() throws {
        var tally = ShadowTally()
        for number in 0..<2_000 {
            let small = number % 10 == 0
            tally.observe(
                Self.pair(number, [0.4], [small && number % 20 == 0 ? 0.7 : 0.4], segment: small ? "small" : "large"))
        }
        let report = ShadowReport(
            tally, counts: ShadowCounts(), startedAt: Self.start, until: Self.start, requirements: Self.requirements())
        let worst = try #require(report.worstSlices.first)
        #expect(worst.name == "segment small" && worst.rows == 200 && worst.disagreeing == 100)
        #expect(worst.p < 1e-20)
        #expect(report.distances[0] == 0)
    }
}
