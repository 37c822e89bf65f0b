import GatehouseCore
import Rendering
import Statistics

/// Turns a measured comparison into findings, each with its sentence.
struct AccuracyJudge {
    let metric: Metric
    let value: Double
    let measured: MetricComparison
    let rows: Int
    /// Rows of the rarer class; nil where the metric does not look at two classes.
    let rarestClassCount: Int?
    let champion: String

    struct Finding {
        let verdict: Verdict
        let sentence: String
        let measurement: Measurement
        var warning: String?
    }

    /// The candidate's value against the policy's absolute limit. Nil without a limit.
    func absolute(_ limit: Double?) -> Finding? {
        guard let limit else { return nil }
        let passes = metric.isLoss ? value <= limit : value >= limit
        let (shown, shownLimit) = Wording.apart(value, limit)
        let relation =
            switch (passes, metric.isLoss) {
            case (true, false): "is at least \(shownLimit)"
            case (true, true): "is at most \(shownLimit)"
            case (false, false): "is below the required \(shownLimit)"
            case (false, true): "is above the allowed \(shownLimit)"
            }
        var finding = Finding(
            verdict: passes ? .pass : .fail, sentence: "\(metric.rawValue) \(shown) \(relation)",
            measurement: candidateMeasurement(limit: metric.isLoss ? .atMost(limit) : .atLeast(limit), passes ? .pass : .fail))
        if let interval = measured.candidate.interval, interval.contains(limit) {
            finding.warning = """
                \(metric.rawValue) has the 95 % interval \(Wording.range(interval)), which includes the limit \(shownLimit): \
                \(Wording.rowsToDecide(value, interval, limit: limit, rows: rows)).
                """
        }
        return finding
    }

    /// The improvement on the champion, by the rule that the policy chose.
    func improvement(minDelta: Double, comparison: Accuracy.Comparison, margin: Double) -> Finding {
        let name = "\(metric.rawValue)_improvement"
        guard let difference = measured.difference else {
            return Finding(
                verdict: .inconclusive, sentence: "\(metric.rawValue) of \(champion) is undefined on these rows",
                measurement: Measurement(name, value: nil, n: rows, verdict: .inconclusive, reason: "undefined"))
        }
        let improvement = metric.isLoss ? 0 - difference.difference : difference.difference
        let interval = difference.interval.map { metric.isLoss ? Interval(lower: -$0.upper, upper: -$0.lower) : $0 }
        switch comparison {
        case .point: return point(name, improvement, interval, minDelta)
        case .superior: return byInterval(name, improvement, interval, reference: minDelta)
        case .nonInferior: return byInterval(name, improvement, interval, reference: -margin)
        }
    }

    private func point(_ name: String, _ improvement: Double, _ interval: Interval?, _ minDelta: Double) -> Finding {
        let passes = improvement >= minDelta
        let (shown, needed) = Wording.apart(improvement, minDelta)
        let sentence =
            if passes {
                "\(metric.rawValue) improves on \(championWithValue) by \(shown), at least \(needed)"
            } else if improvement < 0 {
                """
                \(metric.rawValue) is worse than that of \(championWithValue) by \(Wording.fixed(-improvement, 4)); an \
                improvement of at least \(needed) is required
                """
            } else {
                "\(metric.rawValue) improves on \(championWithValue) by only \(shown), \(needed) is required"
            }
        var warning: String?
        if let interval, interval.contains(minDelta), interval.lower < interval.upper {
            warning = """
                The improvement on \(champion) has the 95 % interval \(Wording.range(interval)), which includes \(needed): \
                the verdict rests on the point alone; \(Wording.rowsToDecide(improvement, interval, limit: minDelta, rows: rows)).
                """
        } else if interval == nil {
            warning = "The improvement on \(champion) has no interval: too little data to say how sure it is."
        }
        let verdict: Verdict = passes ? .pass : .fail
        return Finding(
            verdict: verdict, sentence: sentence,
            measurement: measurement(name, improvement, interval, .atLeast(minDelta), verdict), warning: warning)
    }

    /// Pass when the whole interval lies above `reference`, fail when it lies below, inconclusive between.
    private func byInterval(_ name: String, _ improvement: Double, _ interval: Interval?, reference: Double) -> Finding {
        let shown = "the \(metric.rawValue) improvement on \(championWithValue) is \(Wording.fixed(improvement, 4))"
        let rarest = rarestClassCount ?? .max
        guard let interval, rarest >= DeLong.classRowsMin else {
            let why =
                rarest < DeLong.classRowsMin
                ? "the rarer class has only \(Wording.count(rarest, "row")), \(DeLong.classRowsMin) are needed"
                : "the data allow no interval around it"
            return Finding(
                verdict: .inconclusive, sentence: "\(shown), but \(why)",
                measurement: measurement(name, improvement, interval, .atLeast(reference), .inconclusive))
        }
        let limit = Wording.fixed(reference, 4)
        let (verdict, relation): (Verdict, String) =
            switch interval.compared(to: reference) {
            case .above: (.pass, "lies above \(limit)")
            case .below: (.fail, "lies below \(limit)")
            case .includes:
                (.inconclusive, "includes \(limit): \(Wording.rowsToDecide(improvement, interval, limit: reference, rows: rows))")
            }
        return Finding(
            verdict: verdict, sentence: "\(shown); its 95 % interval \(Wording.range(interval)) \(relation)",
            measurement: measurement(name, improvement, interval, .atLeast(reference), verdict))
    }

    /// The improvement as a share of the champion's value.
    func improvementRatio(_ minRatio: Double) -> Finding {
        let name = "\(metric.rawValue)_improvement_ratio"
        guard let other = measured.baseline?.value, other != 0 else {
            return Finding(
                verdict: .inconclusive,
                sentence: "\(metric.rawValue) of \(champion) is 0 or undefined, so there is no improvement ratio",
                measurement: Measurement(
                    name, value: nil, limit: .atLeast(minRatio), n: rows, verdict: .inconclusive, reason: "undefined"))
        }
        let ratio = (metric.isLoss ? other - value : value - other) / abs(other)
        let verdict: Verdict = ratio >= minRatio ? .pass : .fail
        let relation = verdict == .pass ? "at least" : "less than the required"
        return Finding(
            verdict: verdict,
            sentence: """
                \(metric.rawValue) improves on \(champion) by \(Wording.percent(ratio)) of its value, \(relation) \
                \(Wording.percent(minRatio))
                """,
            measurement: measurement(name, ratio, nil, .atLeast(minRatio), verdict))
    }

    /// The judgement: fail if any finding fails, inconclusive if any cannot tell or there is nothing to hold against.
    func judgement(_ findings: [Finding], hasChampion: Bool, calibration: [CalibrationCurve]) -> Judgement {
        let failing = findings.filter { $0.verdict == .fail }
        let undecided = findings.filter { $0.verdict == .inconclusive }
        let verdict: Verdict = !failing.isEmpty ? .fail : !undecided.isEmpty || findings.isEmpty ? .inconclusive : .pass
        let deciding = !failing.isEmpty ? failing : !undecided.isEmpty ? undecided : findings
        var sentences = deciding.map(\.sentence)
        if findings.isEmpty {
            sentences.append(
                "\(metric.rawValue) is \(Wording.fixed(value, 4)), but there is neither a champion nor a limit: set min_absolute")
        } else if !hasChampion {
            sentences.append("there is no champion yet, so only the absolute limit applies")
        }
        var measurements = findings.map(\.measurement)
        if !measurements.contains(where: { $0.metric == metric.rawValue }) {
            measurements.insert(candidateMeasurement(limit: nil, nil), at: 0)
        }
        if let baseline = measured.baseline {
            measurements.append(
                Measurement(
                    metric.rawValue, subject: champion, value: baseline.value, lower: baseline.interval?.lower,
                    upper: baseline.interval?.upper, n: rows, reason: "interval: \(baseline.method.rawValue)"))
        }
        var warnings = findings.compactMap(\.warning)
        let minimum = DeLong.classRowsMin
        if let rarestClassCount, rarestClassCount < minimum {
            warnings.append(
                "The rarer class has only \(Wording.count(rarestClassCount, "row")): intervals are unreliable below \(minimum)."
            )
        }
        return Judgement(
            verdict, sentences.joined(separator: "; ") + ".", measurements: measurements, warnings: warnings,
            calibration: calibration)
    }

    private var championWithValue: String {
        measured.baseline?.value.map { "\(champion) (\(Wording.fixed($0, 4)))" } ?? champion
    }

    private func candidateMeasurement(limit: Measurement.Limit?, _ verdict: Verdict?) -> Measurement {
        Measurement(
            metric.rawValue, value: value, lower: measured.candidate.interval?.lower,
            upper: measured.candidate.interval?.upper, limit: limit, n: rows, verdict: verdict,
            reason: "interval: \(measured.candidate.method.rawValue)")
    }

    private func measurement(
        _ name: String, _ value: Double, _ interval: Interval?, _ limit: Measurement.Limit, _ verdict: Verdict
    ) -> Measurement {
        Measurement(
            name, subject: champion, value: value, lower: interval?.lower, upper: interval?.upper, limit: limit, n: rows,
            verdict: verdict, reason: measured.difference.map { "interval: \($0.method.rawValue)" })
    }
}
