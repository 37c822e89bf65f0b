package import GatehouseCore
import Rendering
package import Serving
package import Statistics

/// What a shadow run showed, and whether that is the evidence its policy asks for.
package struct ShadowReport: Sendable, Equatable {
    /// Rows that a slice needs to be named among the worst.
    static let sliceRowsMin = 50
    static let slicesMax = 5

    package struct Slice: Sendable, Equatable {
        package let name: String
        package let rows: Int
        package let disagreeing: Int
        /// That the slice disagrees no more than all the other rows; corrected for the number of slices (Holm, 1979).
        package let p: Double
    }

    package struct Labelled: Sendable, Equatable {
        package let rows: Int
        /// Rows that production alone, and that the shadow alone decided rightly.
        package let productionAlone: Int
        package let shadowAlone: Int
        /// Two-sided exact binomial (McNemar, 1947).
        package let mcnemarP: Double
        /// The shadow's mean squared error minus production's, by paired differences.
        package let squaredError: OutcomeEstimate
    }

    package let verdict: Verdict
    /// Why it is not a pass, the gravest first; empty for a pass.
    package let reasons: [String]
    package let pairs: Int
    package let rows: Int
    package let counts: ShadowCounts
    /// Copies whose two answers could be compared.
    package let compared: Int
    /// Compared pairs over the requests to be copied; nil when none was.
    package let coverage: Double?
    /// Share of rows decided differently.
    package let disagreement: Double?
    /// Right at any time, however often the report is read.
    package let disagreementInterval: Interval?
    package let meanDifference: Double?
    /// Absolute distance of the predictions at 50, 95 and 99 % of the rows, and the largest.
    package let distances: [Double]
    package let worstSlices: [Slice]
    package let productionP95Microseconds: Int64?
    package let shadowP95Microseconds: Int64?
    package let failures: [String: Int]
    package let labelled: Labelled?
    package let seconds: Int64
    /// Hours of the run without a single pair.
    package let silentHours: Int

    /// `until`: when the run ended, or now. Pairs are kept for a part of the requests only where there are very many; the
    /// counts are of all of them.
    package init(
        _ tally: ShadowTally, counts: ShadowCounts, startedAt: Timestamp, until: Timestamp, requirements: ShadowRequirements
    ) {
        self.counts = counts
        pairs = tally.pairs
        rows = tally.rows
        compared = max(0, counts.mirrored - counts.failed - tally.incomparable)
        coverage = counts.eligible > 0 ? min(1, Double(compared) / Double(counts.eligible)) : nil
        let decisions = rows > 0 ? ArmCounts(successes: tally.disagreeing, trials: rows) : nil
        disagreement = decisions?.rate
        disagreementInterval = decisions.map { BernoulliSequence.interval($0, alpha: 1 - Interval.level) }
        meanDifference = rows > 0 ? tally.signed.mean : nil
        let sorted = tally.distances.sorted()
        distances = sorted.isEmpty ? [] : [0.5, 0.95, 0.99, 1].map { sorted[Self.rank($0, sorted.count)] }
        worstSlices = Self.worst(tally)
        productionP95Microseconds = tally.productionLatency.quantile(0.95)
        shadowP95Microseconds = tally.shadowLatency.quantile(0.95)
        failures = tally.failures
        labelled = Self.labelled(tally.labelled)
        seconds = max(0, (until.milliseconds - startedAt.milliseconds) / 1000)
        let hours = (startedAt.milliseconds / 3_600_000)...max(startedAt.milliseconds, until.milliseconds - 1) / 3_600_000
        silentHours = hours.count > 24 * 366 ? 0 : hours.count { !tally.hours.contains($0) }
        (verdict, reasons) = Self.judge(
            requirements, seconds: seconds, requests: compared, coverage: coverage, disagreement, disagreementInterval)
    }

    private static func rank(_ share: Double, _ count: Int) -> Int {
        max(0, min(count - 1, Int((share * Double(count)).rounded(.up)) - 1))
    }

    private static func labelled(_ tally: ShadowTally.Labelled) -> Labelled? {
        guard tally.rows > 0 else { return nil }
        let discordant = tally.productionAlone + tally.shadowAlone
        let fewer = min(tally.productionAlone, tally.shadowAlone)
        return Labelled(
            rows: tally.rows, productionAlone: tally.productionAlone, shadowAlone: tally.shadowAlone,
            mcnemarP: discordant == 0 ? 1 : min(1, 2 * Binomial.cdf(fewer, trials: discordant, probability: 0.5)),
            squaredError: PairedTTest(differences: tally.squaredErrors).difference)
    }

    /// A slice against all the other rows, by the exact conditional binomial law.
    private static func worst(_ tally: ShadowTally) -> [Slice] {
        let found = tally.slices.filter { $0.value.rows >= sliceRowsMin && $0.value.rows < tally.rows }.sorted { $0.key < $1.key }
        let p = found.map { slice in
            Binomial.upperTail(
                slice.value.disagreeing, trials: tally.disagreeing,
                probability: Double(slice.value.rows) / Double(tally.rows))
        }
        let slices = zip(found, Multiplicity.holm.adjusted(p)).map {
            Slice(name: $0.0.key, rows: $0.0.value.rows, disagreeing: $0.0.value.disagreeing, p: $0.1)
        }
        return Array(slices.filter { $0.disagreeing > 0 }.sorted { ($0.p, $0.name) < ($1.p, $1.name) }.prefix(slicesMax))
    }

    /// Measured beyond a limit fails; what is not measured enough is inconclusive; only the rest passes.
    private static func judge(
        _ asked: ShadowRequirements, seconds: Int64, requests: Int, coverage: Double?, _ disagreement: Double?,
        _ interval: Interval?
    ) -> (Verdict, [String]) {
        var reasons: [String] = []
        var fails = false
        if let interval, let disagreement, interval.lower > asked.maxDisagreement {
            fails = true
            reasons.append(
                "the versions decide \((disagreement * 100).rounded(to: 2)) % of the rows differently, surely more than "
                    + "\((asked.maxDisagreement * 100).rounded(to: 2)) %")
        }
        let week: Int64 = 7 * 86_400
        if seconds < Int64(asked.minSeconds) {
            reasons.append("it ran for \(seconds) s of the \(asked.minSeconds) s that are asked for")
        }
        if asked.wholeWeeks, seconds < week { reasons.append("it has not run for a whole week") }
        if requests < max(1, asked.minRequests) {
            reasons.append("\(Wording.grouped(requests)) of \(Wording.grouped(max(1, asked.minRequests))) requests were compared")
        }
        if let coverage, coverage < asked.minCoverage {
            reasons.append(
                "\((coverage * 100).rounded(to: 2)) % of the requests to be copied were compared, less than "
                    + "\((asked.minCoverage * 100).rounded(to: 2)) %; what is missing is not missing at random")
        } else if coverage == nil {
            reasons.append("no request was to be copied")
        }
        if !fails, let interval, interval.upper > asked.maxDisagreement {
            reasons.append(
                "the disagreement may still be \((interval.upper * 100).rounded(to: 2)) %, more than "
                    + "\((asked.maxDisagreement * 100).rounded(to: 2)) %: more requests would tell")
        } else if interval == nil {
            reasons.append("no prediction was compared")
        }
        return (fails ? .fail : reasons.isEmpty ? .pass : .inconclusive, reasons)
    }
}
