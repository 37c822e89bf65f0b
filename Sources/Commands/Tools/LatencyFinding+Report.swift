import GatehouseCore
import Rendering
import Scoring
import Statistics

/// Milliseconds in words: a native model answers in microseconds, a stalled server in minutes.
enum LatencyWords {
    static func milliseconds(_ value: Double) -> String { Wording.readable(value, decimals(abs(value))) }

    static func apart(_ first: Double, _ second: Double) -> (String, String) {
        Wording.apart(first, second, decimals: decimals(min(abs(first), abs(second))))
    }

    static func rate(_ perSecond: Double) -> String { Wording.fixed(perSecond, perSecond >= 10 ? 0 : 2) }

    static func decimals(_ value: Double) -> Int {
        value >= 100 ? 0 : value >= 1 || value == 0 ? 1 : value >= 0.1 ? 2 : 3
    }
}

extension LatencyFinding {
    private static let curvePoints = 200
    /// Times this many times apart are drawn on a logarithmic axis.
    private static let logarithmicFrom = 20.0

    var report: Report {
        var sections = [Report.Section("Quantiles", [.intervals(chart)] + notes.map { .note($0) })]
        if let baseline { sections.append(Report.Section("Comparison", comparison(baseline))) }
        sections.append(Report.Section("Distribution", [.lines(curve)]))
        return Report(
            title: "Response times of \(times.name)", sentence: sentence, verdict: verdict, facts: facts, sections: sections)
    }

    private var verdict: Phrase? {
        switch budget?.verdict {
        case .pass: Phrase("pass", .good)
        case .fail: Phrase("fail", .bad)
        case .inconclusive: Phrase("inconclusive", .caution)
        case .error: Phrase("error", .bad)
        case nil: nil
        }
    }

    private var sentence: String {
        let words = budget.map(\.reason) ?? p95Words
        let range =
            p95.lower.flatMap { lower in
                p95.upper.map { " (95 % interval \(LatencyWords.milliseconds(lower))…\(LatencyWords.milliseconds($0)))" }
            } ?? ""
        return words + range + baselineWords + "."
    }

    private var p95Words: String {
        guard let value = p95.value, !p95.isExtrapolated else {
            return "\(Wording.count(sample.count, "answer")) cannot show a p95"
        }
        return "95 of 100 requests are answered within \(LatencyWords.milliseconds(value)) ms"
    }

    private var baselineWords: String {
        guard let baseline, let difference = baseline.differences.first(where: { $0.name == "p95" })?.value else { return "" }
        guard let interval = difference.interval else { return "; too few requests compare the two" }
        let amount = LatencyWords.milliseconds(abs(difference.difference))
        let range = "\(LatencyWords.milliseconds(interval.lower))…\(LatencyWords.milliseconds(interval.upper))"
        if interval.contains(0) { return "; the difference from \(baseline.times.name) can be chance (\(range) ms)" }
        let direction = difference.difference > 0 ? "slower" : "quicker"
        return "; that is \(amount) ms \(direction) than \(baseline.times.name) (\(range) ms)"
    }

    private var facts: [Report.Fact] {
        var facts = [Report.Fact("answers", "\(sample.count)")]
        if let load = times.load {
            facts.append(Report.Fact("errors", "\(load.errors)"))
            facts.append(Report.Fact("mode", mode(load)))
            if let rate = load.answersPerSecond { facts.append(Report.Fact("achieved", "\(LatencyWords.rate(rate)) answers/s")) }
            facts.append(Report.Fact("warm-up", "\(Wording.count(load.warmUp, "request")), not timed"))
        }
        if let least = sample.least, let greatest = sample.greatest {
            facts.append(
                Report.Fact(
                    "range", "\(LatencyWords.milliseconds(least))…\(LatencyWords.milliseconds(greatest)) ms"))
        }
        return facts
    }

    private func mode(_ load: LatencyTimes.Load) -> String {
        switch load.plan.mode {
        case .sequential: "one request after the other"
        case .openLoop(let rate): "open loop at \(LatencyWords.rate(rate))/s, timed from the intended start"
        }
    }

    private var chart: IntervalChart {
        let rows = zip(Self.cuts, quantiles).map { cut, estimate in
            let isOver = cut.name == "p95" && budget?.verdict == .fail
            return IntervalChart.Row(
                cut.name, value: estimate.isExtrapolated ? nil : estimate.value, lower: estimate.lower, upper: estimate.upper,
                tone: isOver ? .bad : .neutral,
                note: estimate.gap == nil ? "" : "needs \(estimate.countNeeded) answers")
        }
        let decimals = LatencyWords.decimals(quantiles[0].value ?? 0)
        return IntervalChart(
            budget == nil ? "Milliseconds with 95 % intervals" : "Milliseconds with 95 % intervals, and the budget of p95",
            rows: rows, reference: budget?.milliseconds, decimals: decimals)
    }

    private var notes: [String] {
        var notes: [String] = []
        if let budget, budget.verdict == .pass, let bound = p95.upperBound, bound > budget.milliseconds {
            notes.append(
                "p95 may be as high as \(LatencyWords.milliseconds(bound)) ms (one-sided 95 % bound): more requests would tell.")
        }
        guard let load = times.load else { return notes }
        if load.errors > 0 {
            let first = load.firstError.map { " The first: \($0)" } ?? ""
            notes.append(
                "\(Wording.count(load.errors, "request")) failed; a failed request has no response time.\(first)")
        }
        if !load.isComplete { notes.append("The time limit came before all requests were answered.") }
        if let sending = load.p95FromSending, let value = p95.value, value > 1.5 * sending, value - sending > 1 {
            notes.append(
                "Counted from when requests left, p95 would be \(LatencyWords.milliseconds(sending)) ms: "
                    + "the rest is waiting for the requests before them.")
        }
        if let asked = load.plan.requestsPerSecond, let achieved = load.answersPerSecond, achieved < 0.9 * asked {
            notes.append("The server answered \(LatencyWords.rate(achieved)) of \(LatencyWords.rate(asked)) requests per second.")
        }
        return notes
    }

    private func comparison(_ baseline: Baseline) -> [Report.Block] {
        let rows = baseline.differences.map { difference in
            let interval = difference.value?.interval
            let tone: Tone =
                interval.map { $0.contains(0) ? .neutral : $0.lower > 0 ? .bad : .good } ?? .neutral
            return IntervalChart.Row(
                difference.name, value: difference.value?.difference, lower: interval?.lower, upper: interval?.upper, tone: tone,
                note: interval == nil ? "too few requests" : tone == .bad ? "slower" : tone == .good ? "quicker" : "")
        }
        let how = baseline.pairs.map { "\(Wording.count($0, "pair")) of requests" } ?? "measured apart"
        let chart = IntervalChart(
            "Milliseconds more than \(baseline.times.name) (\(how))", rows: rows, reference: 0,
            decimals: LatencyWords.decimals(quantiles[0].value ?? 0) + 1)
        return [.intervals(chart)]
    }

    private var curve: LineChart {
        var series = [Self.series(times.name, sample)]
        if let baseline { series.append(Self.series(baseline.times.name, baseline.sample)) }
        let all = series.flatMap { $0.points.map(\.y) }
        let least = all.min() ?? 0
        let isWide = least > 0 && (all.max() ?? 0) / least >= Self.logarithmicFrom
        return LineChart(
            "Response time by share of requests", xTitle: "share of requests", yTitle: "ms", series: series,
            reference: budget?.milliseconds, xScale: .tail, yScale: isWide ? .logarithmic : .linear)
    }

    private static func series(_ name: String, _ sample: SampleQuantiles) -> LineChart.Series {
        LineChart.Series(name, sample.tail(points: curvePoints).map { LineChart.Point($0.share, $0.value) })
    }
}
