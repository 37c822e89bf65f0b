package import GatehouseCore
import Rollouts
import Serving
import Statistics

/// What shadow traffic showed, short enough for an audit entry: the numbers that were judged, and the verdict.
package struct ShadowSummary: Sendable, Equatable {
    package let run: String
    package let endpoint: String
    /// Who answered meanwhile.
    package let champion: VersionNumber
    package let verdict: Verdict
    /// Why it is no pass; empty for one.
    package let reasons: [String]
    package let seconds: Int64
    /// Until when it was looked at: the end of the run, or that moment.
    package let until: Timestamp
    /// Requests that were to be copied, and those whose two answers could be compared.
    package let eligible: Int64
    package let compared: Int64
    package let coverage: Double?
    /// Share of the rows that were decided otherwise, and between which bounds it lies.
    package let disagreement: Double?
    package let lower: Double?
    package let upper: Double?
    package let p95Microseconds: Int64?
    package let productionP95Microseconds: Int64?

    init(_ report: ShadowReport, of run: ShadowRun, beside champion: VersionNumber, until: Timestamp) {
        self.run = run.id
        endpoint = run.endpoint
        self.champion = champion
        verdict = report.verdict
        reasons = report.reasons
        seconds = report.seconds
        self.until = until
        eligible = Int64(report.counts.eligible)
        coverage = report.coverage
        compared = Int64(report.compared)
        disagreement = report.disagreement
        (lower, upper) = (report.disagreementInterval?.lower, report.disagreementInterval?.upper)
        p95Microseconds = report.shadowP95Microseconds
        productionP95Microseconds = report.productionP95Microseconds
    }

    /// Nil for what is no summary: entries of other versions of Gatehouse are read too.
    package init?(json: JSONValue) {
        guard let run = json["run"]?.stringValue, let endpoint = json["endpoint"]?.stringValue,
            let champion = json.version("champion"),
            let verdict = json["verdict"]?.stringValue.flatMap({ Verdict(rawValue: $0) }),
            let until = json["until"]?.stringValue.flatMap({ try? Timestamp(parsing: $0) })
        else { return nil }
        self.run = run
        self.endpoint = endpoint
        self.champion = champion
        self.verdict = verdict
        self.until = until
        reasons = json.texts("reasons")
        seconds = json["seconds"]?.integerValue ?? 0
        eligible = json["eligible"]?.integerValue ?? 0
        compared = json["compared"]?.integerValue ?? 0
        coverage = json["coverage"]?.doubleValue
        disagreement = json["disagreement"]?.doubleValue
        (lower, upper) = (json["lower"]?.doubleValue, json["upper"]?.doubleValue)
        p95Microseconds = json["p95_us"]?.integerValue
        productionP95Microseconds = json["production_p95_us"]?.integerValue
    }

    package var json: JSONValue {
        .object([
            "run": .string(run), "endpoint": .string(endpoint), "champion": .integer(champion.value),
            "verdict": .string(verdict.rawValue), "reasons": .array(reasons.map { .string($0) }), "seconds": .integer(seconds),
            "until": .string(until.description), "eligible": .integer(eligible), "compared": .integer(compared),
            "coverage": .number(orNull: coverage), "disagreement": .number(orNull: disagreement),
            "lower": .number(orNull: lower), "upper": .number(orNull: upper), "p95_us": .integer(orNull: p95Microseconds),
            "production_p95_us": .integer(orNull: productionP95Microseconds),
        ])
    }

    /// A line per finding, for people.
    package var lines: [String] {
        func percent(_ share: Double?) -> String { share.map { "\(($0 * 10_000).rounded() / 100) %" } ?? "unknown" }
        var lines = [
            "\(verdict.rawValue): \(run) ran beside v\(champion) at '\(endpoint)' for \(Duration.seconds(seconds).shortText), until \(until)",
            "\(compared) of \(eligible) requests that were to be copied were compared (\(percent(coverage)))",
        ]
        if disagreement != nil {
            lines.append("\(percent(disagreement)) of the rows were decided otherwise (\(percent(lower)) to \(percent(upper)))")
        }
        if let own = p95Microseconds, let production = productionP95Microseconds {
            lines.append("p95 \(Double(own) / 1000) ms, production \(Double(production) / 1000) ms")
        }
        return lines + reasons
    }
}
