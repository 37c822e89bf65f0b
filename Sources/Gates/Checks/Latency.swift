import GatehouseCore
import Rendering
import Statistics

/// Whether 95 of 100 single-row requests are answered within the budget.
///
/// The quantile is Python's exclusive one, bit for bit. Failed requests have no response time, so they count against
/// `max_errors` instead: by default a single one fails the check. Below 19 answers the p95 lies beyond the slowest
/// request and nothing is decided; below 59 no distribution-free 95 % bound exists and a warning says so.
package struct Latency: Gate {
    package static let descriptor = GateDescriptor(
        name: "latency", summary: "The 95th percentile of the response time is within its budget.", needs: .latency,
        parameters: [
            GateParameter(
                "latency_budget_p95_ms", .number(0...3_600_000), default: .number(50),
                "The most that p95 may be, in milliseconds."),
            GateParameter(
                "mode", .choice(["open_loop", "sequential"]), default: .text("open_loop"),
                "open_loop: at a fixed rate, timed from the intended start; sequential: one request after the other."),
            GateParameter("requests", .integer(1...100_000), default: .integer(500), "How many requests are timed."),
            GateParameter(
                "warm_up", .integer(0...10_000), default: .integer(10), "How many requests come before and are not timed."),
            GateParameter("rate", .rate, default: .number(50), "Requests per second in open loop."),
            GateParameter(
                "max_errors", .integer(0...100_000), default: .integer(0), "How many requests may fail before the check does."),
            JudgedBy.parameter("point: p95 itself decides; interval: a one-sided 95 % bound of it does."),
        ])

    /// The fewest answers among which the p95 lies; with fewer the exclusive rule extrapolates beyond the slowest.
    private static let answersMin = 19
    /// The chance that a one-sided bound of p95 is wrong.
    private static let tail = 0.05

    private let budget: Double
    private let planned: Int?
    private let errorsMax: Int
    private let judgedBy: JudgedBy

    package init(_ settings: GateSettings) {
        budget = settings.number("latency_budget_p95_ms") ?? 50
        planned = settings.integer("requests")
        errorsMax = settings.integer("max_errors") ?? 0
        judgedBy = JudgedBy(settings)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        switch evidence.latency {
        case .missing(let verdict, let reason): Judgement(verdict, reason)
        case .available(let latency): judge(latency)
        }
    }

    private func judge(_ evidence: LatencyEvidence) -> Judgement {
        let times = evidence.milliseconds
        if let first = times.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
            return Judgement(.error, "Response time \(first + 1) of \(times.count) is not a time: \(times[first]) ms.")
        }
        guard let quantiles = SampleQuantiles(times) else { return Judgement(.error, "A response time is NaN.") }
        let errors = Measurement(
            "errors", value: Double(evidence.errorCount), limit: .atMost(Double(errorsMax)),
            n: times.count + evidence.errorCount, verdict: evidence.errorCount > errorsMax ? .fail : .pass)
        let measurements =
            [(50, nil), (95, budget), (99, nil)].map { measurement(quantiles, percentile: $0, limit: $1) } + [errors]
        let warnings = warnings(evidence, quantiles)
        func judgement(_ verdict: Verdict, _ text: String) -> Judgement {
            Judgement(verdict, text + ".", measurements: measurements, warnings: warnings)
        }

        var failures: [String] = []
        if evidence.errorCount > errorsMax {
            let all = times.count + evidence.errorCount
            failures.append("\(evidence.errorCount) of \(Wording.count(all, "request")) failed, \(errorsMax) may")
        }
        let finding = finding(quantiles)
        if let finding, finding.verdict == .fail { failures.append(finding.sentence) }
        guard failures.isEmpty else {
            return judgement(.fail, failures.joined(separator: "; ") + " (\(circumstances(evidence)))")
        }
        if let finding { return judgement(finding.verdict, "\(finding.sentence) (\(circumstances(evidence)))") }
        return judgement(
            .inconclusive,
            "\(Wording.count(times.count, "answered request")) cannot show a p95: \(Self.answersMin) are needed at least")
    }

    /// p95 against the budget, by the rule that the policy chose. Nil with too few answers for any p95.
    private func finding(_ quantiles: SampleQuantiles) -> (verdict: Verdict, sentence: String)? {
        guard quantiles.count >= Self.answersMin, let p95 = quantiles.exclusive(95, of: 100) else { return nil }
        let (rounded, limit) = Wording.apart(p95, budget, decimals: 1)
        // A native model answers in microseconds; "0.0 ms" would say nothing.
        let shown = p95 < 0.1 ? Wording.fixed(p95, 3) : rounded
        let lower = quantiles.lowerBound(0.95, tail: Self.tail)
        let upper = quantiles.upperBound(0.95, tail: Self.tail)
        switch judgedBy {
        case .point where p95 > budget: return (.fail, "p95 \(shown) ms is above the budget of \(limit) ms")
        case .point: return (.pass, "p95 \(shown) ms is within the budget of \(limit) ms")
        case .interval:
            if let upper, upper <= budget {
                return (
                    .pass, "p95 \(shown) ms is at most \(Wording.compact(upper)) ms with 95 % confidence, allowed \(limit) ms"
                )
            }
            if let lower, lower > budget {
                return (
                    .fail, "p95 \(shown) ms is at least \(Wording.compact(lower)) ms with 95 % confidence, allowed \(limit) ms"
                )
            }
            return (
                .inconclusive, "p95 \(shown) ms cannot be told from the budget of \(limit) ms: \(requestsToDecide(quantiles))"
            )
        }
    }

    /// How many requests would decide if the share of slow ones stayed: its standard error shrinks with their square root.
    private func requestsToDecide(_ quantiles: SampleQuantiles) -> String {
        let least = SampleQuantiles.leastCount(share: 0.95, tail: Self.tail)
        let slowShare = Double(quantiles.count(above: budget)) / Double(quantiles.count)
        let distance = abs(slowShare - 0.05)
        let needed = Int(
            exactly: ((0.05 * 0.95) * (Normal.quantile(Self.tail) / distance) * (Normal.quantile(Self.tail) / distance)).rounded(
                .up))
        guard let needed, needed <= 10_000_000 else { return "no realistic number of requests would decide" }
        return "about \(Wording.grouped(max(needed, least, quantiles.count + 1))) requests would decide, "
            + "there are \(Wording.grouped(quantiles.count))"
    }

    private func measurement(_ quantiles: SampleQuantiles, percentile: Int, limit: Double?) -> Measurement {
        let value = quantiles.exclusive(percentile, of: 100)
        let interval = quantiles.interval(Double(percentile) / 100)
        let isExtrapolated = value != nil && quantiles.extrapolates(percentile, of: 100)
        let verdict: Verdict? = limit.map { _ in isExtrapolated ? .inconclusive : finding(quantiles)?.verdict ?? .inconclusive }
        let reason = value == nil ? "too_few" : isExtrapolated ? "extrapolated" : nil
        return Measurement(
            "p\(percentile)_ms", value: value, lower: interval.lower, upper: interval.upper,
            limit: limit.map { .atMost($0) }, n: quantiles.count, verdict: verdict, reason: reason)
    }

    private func warnings(_ evidence: LatencyEvidence, _ quantiles: SampleQuantiles) -> [String] {
        var warnings: [String] = []
        let needed = SampleQuantiles.leastCount(share: 0.95, tail: Self.tail)
        if judgedBy == .point, let p95 = quantiles.exclusive(95, of: 100), p95 <= budget {
            if let bound = quantiles.upperBound(0.95, tail: Self.tail) {
                if bound > budget {
                    let shown = Wording.fixed(bound, 1)
                    warnings.append("p95 may be as high as \(shown) ms (one-sided 95 % bound): more requests would tell.")
                }
            } else {
                let requests = Wording.count(quantiles.count, "request")
                warnings.append("\(requests) cannot bound p95 from above at 95 %: at least \(needed) are needed.")
            }
        }
        if judgedBy == .point, let p95 = quantiles.exclusive(95, of: 100), p95 > budget,
            let bound = quantiles.lowerBound(0.95, tail: Self.tail), bound <= budget
        {
            let shown = Wording.compact(bound)
            warnings.append("p95 may be as low as \(shown) ms (one-sided 95 % bound): \(requestsToDecide(quantiles)).")
        }
        if let planned, quantiles.count + evidence.errorCount < planned {
            warnings.append(
                "Only \(quantiles.count + evidence.errorCount) of the \(planned) planned requests were made.")
        }
        if evidence.errorCount > 0, evidence.errorCount <= errorsMax {
            warnings.append(
                "\(Wording.count(evidence.errorCount, "request")) failed; a failed request has no response time."
            )
        }
        return warnings
    }

    private func circumstances(_ evidence: LatencyEvidence) -> String {
        let requests = Wording.count(evidence.milliseconds.count, "answered request")
        switch evidence.mode {
        case .sequential: return "\(requests), one at a time, \(evidence.runner)"
        case .openLoop:
            let rate = evidence.ratePerSecond.map { " at \(Wording.fixed($0, 0))/s" } ?? ""
            return "\(requests), open loop\(rate), \(evidence.runner)"
        }
    }
}
