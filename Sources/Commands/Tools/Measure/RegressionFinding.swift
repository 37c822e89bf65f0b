import GatehouseCore
import Rendering
import Statistics

/// What `measure` found of a model that answers numbers.
struct RegressionFinding {
    let request: MeasureRequest
    let rows: Int
    let weights: RowWeights?
    let measurement: RegressionMeasurement

    /// Fails with `invalidArgument` on labels, answers or weights that cannot be measured, naming the first row.
    init(_ input: MeasureInput, _ request: MeasureRequest) throws(GatehouseError) {
        func scores(_ answers: ScoreMatrix) throws(GatehouseError) -> RegressionScores {
            try MeasureInput.checked(request.file) { () throws(ScoreDefect) in
                try RegressionScores(labels: input.labels, answers: answers.values, weights: input.weights)
            }
        }
        let candidate = try scores(input.answers)
        let baseline: RegressionScores? = if let answers = input.baseline { try scores(answers) } else { nil }
        self.request = request
        rows = candidate.count
        weights = candidate.weights
        measurement = RegressionMeasurement(candidate, baseline: baseline, quantile: request.quantile)
    }

    var json: JSONValue {
        func metrics(_ list: [(metric: RegressionMetric, measured: Measured)]) -> JSONValue {
            .object(
                [
                    "metrics": .object(
                        Dictionary(uniqueKeysWithValues: list.map { ($0.metric.name, MeasureJSON.measured($0.measured)) }))
                ])
        }
        var members = metrics(measurement.candidate).objectValue ?? [:]
        members["task"] = "regression"
        members["rows"] = MeasureJSON.integer(rows)
        members["quantile"] = .number(request.quantile)
        members["weights"] = MeasureJSON.weights(weights)
        members["baseline"] = measurement.baseline.map(metrics) ?? .null
        var comparison: [String: JSONValue] = [:]
        for (metric, difference) in measurement.differences {
            comparison[metric.name] = MeasureJSON.difference(difference, degreesOfFreedom: measurement.degreesOfFreedom)
        }
        members["comparison"] = measurement.baseline == nil ? .null : .object(comparison)
        return .object(members)
    }

    var report: Report {
        var sections = [Report.Section("Metrics", [.table(table)])]
        if measurement.baseline != nil {
            sections.append(
                Report.Section(
                    "Against the baseline",
                    [
                        .intervals(
                            IntervalChart(
                                "Change of each loss as a share of the baseline's, 95 % intervals", rows: changes, reference: 0,
                                decimals: 3)),
                        .note("Each line stands by itself: of twenty such lines one differs by chance alone."),
                    ]))
        }
        let facts = [
            Report.Fact("rows", Wording.grouped(rows)), Report.Fact("label", request.label),
            Report.Fact("score", request.scores[0]),
        ]
        return Report(
            title: "Measurement of \(request.file)", sentence: sentence, verdict: verdict, facts: facts, sections: sections)
    }

    /// Losses of different units on one axis.
    private var changes: [IntervalChart.Row] {
        measurement.differences.enumerated().compactMap { place, entry in
            guard entry.metric.isLoss == true, case .success(let difference) = entry.difference,
                let whole = measurement.baseline?[place].measured.value, whole > 0
            else { return nil }
            let share = PairedDifference(
                difference: difference.difference / whole,
                interval: difference.interval.map { Interval(lower: $0.lower / whole, upper: $0.upper / whole) },
                standardError: nil, p: difference.p, method: difference.method)
            return MeasureWords.row(MeasureWords.words(entry.metric.name), share, lessIsBetter: true)
        }
    }

    private var errorDifference: PairedDifference? {
        guard case .success(let difference)? = measurement.differences.first(where: { $0.metric == .mae })?.difference else {
            return nil
        }
        return difference
    }

    private var sentence: String {
        let error = measurement.candidate.first { $0.metric == .mae }?.measured
        let start = "Off by \(error.map(MeasureWords.value) ?? "–") on average over \(Wording.count(rows, "row"))"
        guard let difference = errorDifference, let p = difference.p else { return start + "." }
        guard difference.difference != 0 else { return start + ", as far as the baseline." }
        let size = Wording.readable(abs(difference.difference), MeasureWords.decimals(difference.difference))
        let direction = difference.difference < 0 ? "less" : "more"
        return p < GroupDifference.level
            ? "\(start); \(size) \(direction) than the baseline, and the data can tell (\(Wording.pEquals(p)))."
            : "\(start); \(size) \(direction) than the baseline, which may be chance (\(Wording.pEquals(p)))."
    }

    private var verdict: Phrase? {
        errorDifference.map { MeasureWords.verdict($0, lessIsBetter: true) }
    }

    private var table: DataTable {
        var columns: [DataTable.Column] = [.init("metric", .left), .init("model"), .init("95 % interval")]
        if measurement.baseline != nil { columns += [.init("baseline"), .init("difference"), .init("p")] }
        let rows = measurement.candidate.enumerated().map { place, entry -> [Phrase] in
            let decimals = entry.measured.value.map(MeasureWords.decimals) ?? 3
            let interval = entry.measured.interval.map {
                "\(Wording.readable($0.lower, decimals))…\(Wording.readable($0.upper, decimals))"
            }
            let gap = entry.measured.reason.map(MeasureWords.reason) ?? "–"
            var cells = [
                Phrase(MeasureWords.words(entry.metric.name)), MeasureWords.cell(entry.measured.value, decimals),
                Phrase(interval ?? gap),
            ]
            guard let baseline = measurement.baseline else { return cells }
            cells.append(MeasureWords.cell(baseline[place].measured.value, decimals))
            if case .success(let difference) = measurement.differences[place].difference {
                cells.append(MeasureWords.cell(difference.difference, decimals + 1))
                cells.append(Phrase(difference.p.map(Wording.pValue) ?? "–"))
            } else {
                cells += [Phrase("–"), Phrase("–")]
            }
            return cells
        }
        return DataTable(columns, rows: rows)
    }
}
