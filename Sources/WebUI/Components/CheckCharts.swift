import GatehouseCore
import Gates
import Rendering
import Statistics

/// The drawings of a check's numbers: by group, by feature, by version.
struct CheckCharts {
    static let rowsMax = 24
    /// Of all drawings of a page together.
    static let allRowsMax = 32

    let result: CheckResult
    private var measurements: [Measurement] { result.judgement.measurements }

    /// The most telling first, as many as a page bears.
    var blocks: [Report.Block] {
        var rows = 0
        return Array(
            all.prefix { block in
                defer { rows += block.rowCount }
                return rows == 0 || rows + block.rowCount <= Self.allRowsMax
            })
    }

    private var all: [Report.Block] {
        switch result.gate {
        case "fairness": groupings.flatMap { [selection($0), ranking($0)] }
        case "data_drift": drift
        case "latency": latency
        case "accuracy": plain + calibration
        default: plain
        }
    }

    // MARK: Groups

    /// `business_size`, `age_band × business_size`; what broke a rule first.
    private var groupings: [String] {
        let all = measurements.filter { $0.metric == "impact_ratio" }
        return (all.filter { $0.verdict == .fail } + all.filter { $0.verdict != .fail }).compactMap(\.subject)
    }

    /// The share that is selected in each group, beside the least that the highest one allows.
    private func selection(_ grouping: String) -> Report.Block {
        let ratio = measurements.first { $0.metric == "impact_ratio" && $0.subject == grouping }
        let rates = rows("selection_rate", of: grouping)
        // Of all groups, also of those that are too many to be drawn.
        let highest = rates.filter { !$0.isTooSmall }.compactMap(\.measurement.value).max()
        let least = highest.flatMap { highest in ratio?.limit.map { $0.number * highest } }
        let isBroken = ratio?.verdict == .fail
        return .intervals(
            IntervalChart(
                "Selected, by \(grouping)"
                    + (least == nil ? "" : "; the line is \(ratio?.limitText.dropFirst(2) ?? "") of the highest rate"),
                rows: rates.prefix(Self.rowsMax).map { row in
                    let isLow = least.map { (row.measurement.value ?? 1) < $0 } ?? false
                    return row.interval(isLow && isBroken && !row.isTooSmall ? .bad : .neutral)
                }, reference: least, decimals: 3))
    }

    private func ranking(_ grouping: String) -> Report.Block {
        let all = measurements.first { $0.metric == "auc" && $0.subject == nil }?.value
        let failing = Set(measurements.filter { $0.metric == "auc_gap" && $0.verdict == .fail }.compactMap(\.subject))
        return .intervals(
            IntervalChart(
                "AUC, by \(grouping)" + (all == nil ? "" : "; the line is the AUC of all rows"),
                rows: rows("auc", of: grouping).prefix(Self.rowsMax).map { row in
                    row.interval(failing.contains(row.measurement.subject ?? "") ? .bad : .neutral)
                }, reference: all, decimals: 3))
    }

    private struct GroupRow {
        let label: String
        let measurement: Measurement
        let isTooSmall: Bool

        func interval(_ tone: Tone) -> IntervalChart.Row {
            let size = measurement.n.map { "n = \(Wording.grouped($0))" } ?? ""
            let why = measurement.value == nil ? measurement.reason.map { ", " + MetricWords.reason($0) } ?? "" : ""
            return IntervalChart.Row(
                label, value: measurement.value, lower: measurement.lower, upper: measurement.upper, tone: tone,
                note: size + (isTooSmall && why.isEmpty ? ", too few" : why), isHollow: isTooSmall)
        }
    }

    /// The groups with fewer rows than a judgement takes, or fewer of a class than a ranking does: what is shown of them is not
    /// judged.
    private func tooSmall(for metric: String) -> Set<String> {
        let reasons: [Undefined] = metric == "auc" ? [.tooSmall, .tooFewOfAClass] : [.tooSmall]
        return Set(
            measurements.filter { found in
                found.metric == "auc_gap" && reasons.contains { found.reason?.hasPrefix($0.rawValue) ?? false }
            }.compactMap(\.subject))
    }

    /// Lowest first; groups without a value last.
    private func rows(_ metric: String, of grouping: String) -> [GroupRow] {
        let small = tooSmall(for: metric)
        let found = measurements.compactMap { measurement -> GroupRow? in
            guard measurement.metric == metric, let subject = measurement.subject,
                let label = Self.label(of: subject, in: grouping)
            else { return nil }
            return GroupRow(label: label, measurement: measurement, isTooSmall: small.contains(subject))
        }
        return found.sorted { ($0.measurement.value ?? .infinity, $0.label) < ($1.measurement.value ?? .infinity, $1.label) }
    }

    /// `business_size=small` in `business_size` is `small`; nil for a group of another grouping.
    static func label(of subject: String, in grouping: String) -> String? {
        var rest = subject[...]
        var labels: [String] = []
        let columns = grouping.split(separator: " × ").map(String.init)
        for (index, column) in columns.enumerated() {
            guard rest.hasPrefix(column + "=") else { return nil }
            rest = rest.dropFirst(column.count + 1)
            if index + 1 < columns.count {
                guard let end = rest.firstRange(of: ", \(columns[index + 1])=") else { return nil }
                labels.append(String(rest[..<end.lowerBound]))
                rest = rest[rest.index(end.lowerBound, offsetBy: 2)...]
            }
        }
        // A group of one column is not one of a combination that begins with it.
        if columns.count == 1, rest.contains(", "), rest.contains("=") { return nil }
        return (labels + [String(rest)]).joined(separator: " × ")
    }

    // MARK: Features, versions, quantiles

    private var drift: [Report.Block] {
        let psi = measurements.filter { $0.metric == "psi" }.sorted { ($0.value ?? .infinity) > ($1.value ?? .infinity) }
        guard !psi.isEmpty else { return [] }
        return [
            .bars(
                BarChart(
                    "Population stability index, by feature" + (psi.count > Self.rowsMax ? " (the \(Self.rowsMax) largest)" : ""),
                    bars: psi.prefix(Self.rowsMax).map { measurement in
                        BarChart.Bar(
                            measurement.subject ?? "", value: measurement.value,
                            tone: Self.tone(measurement.verdict),
                            note: measurement.value == nil
                                ? MetricWords.reason(measurement.reason ?? "")
                                : measurement.verdict == .inconclusive ? "inconclusive" : "")
                    }, limit: psi.first?.limit?.number))
        ]
    }

    private static func tone(_ verdict: Verdict?) -> Tone {
        switch verdict {
        case .pass, nil: .neutral
        case .inconclusive: .caution
        case .fail, .error: .bad
        }
    }

    private var latency: [Report.Block] {
        let quantiles = measurements.filter { $0.metric.hasSuffix("_ms") }
        guard !quantiles.isEmpty else { return [] }
        return [
            .intervals(
                IntervalChart(
                    "Response time in milliseconds; the line is the budget of the 95th percentile",
                    rows: quantiles.map { measurement in
                        IntervalChart.Row(
                            String(measurement.metric.dropLast(3)), value: measurement.value, lower: measurement.lower,
                            upper: measurement.upper, tone: measurement.verdict == .fail ? .bad : .neutral)
                    }, reference: quantiles.compactMap { $0.limit?.number }.first, decimals: 1))
        ]
    }

    private var calibration: [Report.Block] {
        guard let kept = Calibrations([result]) else { return [] }
        let curves = [("this version", kept.own)] + kept.others.map { ($0.subject ?? "", $0) }
        return [Calibrations.chart("What was predicted, and what happened", curves)]
    }

    /// One drawing for each metric that was measured on more than one thing.
    private var plain: [Report.Block] {
        var seen: [String] = []
        for measurement in measurements where !seen.contains(measurement.metric) { seen.append(measurement.metric) }
        return seen.compactMap { metric in
            let rows = measurements.filter { $0.metric == metric && ($0.lower != nil || $0.upper != nil) }.prefix(Self.rowsMax)
            guard rows.count > 1 else { return nil }
            return .intervals(
                IntervalChart(
                    MetricWords.name(metric),
                    rows: rows.map { row in
                        IntervalChart.Row(
                            row.subject ?? "this version", value: row.value, lower: row.lower, upper: row.upper,
                            tone: row.verdict == .fail ? .bad : .neutral, note: row.n.map { "n = \(Wording.grouped($0))" } ?? "")
                    }, reference: rows.compactMap { $0.limit?.number }.first, decimals: 3))
        }
    }
}

extension Report.Block {
    fileprivate var rowCount: Int {
        switch self {
        case .intervals(let chart): chart.rows.count
        case .bars(let chart): chart.bars.count
        case .text, .note, .table, .lines, .shares, .band, .time, .plane, .calibration: 1
        }
    }
}
