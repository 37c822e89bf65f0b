import GatehouseCore
import Rendering
import Statistics

/// What `measure` found of a model of several classes.
struct MulticlassFinding {
    let request: MeasureRequest
    let rows: Int
    let weights: RowWeights?
    let names: [String]
    let measurement: MulticlassMeasurement

    /// Fails with `invalidArgument` on scores or weights that cannot be measured, naming the first row.
    init(_ input: MeasureInput, _ request: MeasureRequest) throws(GatehouseError) {
        func scores(_ answers: ScoreMatrix) throws(GatehouseError) -> MulticlassScores {
            try MeasureInput.checked(request.file) { () throws(ScoreDefect) in
                try MulticlassScores(labels: input.labels, answers: answers, weights: input.weights, ranked: true)
            }
        }
        let candidate = try scores(input.answers)
        let baseline: MulticlassScores? = if let answers = input.baseline { try scores(answers) } else { nil }
        self.request = request
        rows = candidate.count
        weights = candidate.weights
        names = request.classes ?? request.scores.indices.map(String.init)
        measurement = MulticlassMeasurement(candidate, baseline: baseline)
    }

    var json: JSONValue {
        var members = modelJSON(measurement.candidate)
        members["task"] = "multiclass"
        members["rows"] = MeasureJSON.integer(rows)
        members["weights"] = MeasureJSON.weights(weights)
        members["baseline"] = measurement.baseline.map { .object(modelJSON($0)) } ?? .null
        var comparison: [String: JSONValue] = [:]
        for (name, difference) in measurement.differences {
            comparison[name] = MeasureJSON.difference(difference, degreesOfFreedom: measurement.degreesOfFreedom)
        }
        if let disagreement = measurement.disagreement {
            comparison["disagreement_rate"] = .number(orNull: disagreement.value)
            comparison["disagreement"] = MeasureJSON.estimate(disagreement.estimate)
        }
        if let mcnemar = measurement.mcnemar { comparison["mcnemar"] = MeasureJSON.mcnemar(mcnemar) }
        members["comparison"] = measurement.baseline == nil ? .null : .object(comparison)
        return .object(members)
    }

    private func modelJSON(_ model: MulticlassMeasurement.Model) -> [String: JSONValue] {
        var metrics: [String: JSONValue] = [:]
        for (name, measured) in model.metrics { metrics[name] = MeasureJSON.measured(measured) }
        let classes = names.indices.map { index -> JSONValue in
            let table = model.table.against(rest: index)
            var members: [String: JSONValue] = [
                "class": .string(names[index]), "n": MeasureJSON.integer(table.positives.rows),
                "decided": MeasureJSON.integer(table.selected.rows),
                "auc_roc": MeasureJSON.measured(Measured(model.aucs[index], reason: Self.aucReason(table))),
            ]
            for metric in Self.classMetrics { members[metric.rawValue] = MeasureJSON.measured(metric.measured(table)) }
            return .object(members)
        }
        return ["metrics": .object(metrics), "classes": .array(classes)]
    }

    static let classMetrics: [DecisionMetric] = [.precision, .recall, .f1]

    private static func aucReason(_ table: DecisionTable) -> Undefined {
        let least = min(table.positives.rows, table.negatives.rows)
        return least == 0 ? .singleClass : least < 2 ? .tooFewOfAClass : .noVariance
    }
}

extension MulticlassFinding {
    var report: Report {
        var sections = [
            Report.Section(
                "Metrics",
                [
                    .intervals(IntervalChart("95 % intervals", rows: rows(lossy: false), decimals: 3)),
                    .intervals(IntervalChart("Less is better", rows: rows(lossy: true))),
                ]), Report.Section("By class", [.table(classTable)]),
        ]
        if measurement.baseline != nil { sections.append(comparisonSection) }
        return Report(
            title: "Measurement of \(request.file)", sentence: sentence, verdict: verdict, facts: facts, sections: sections)
    }

    private var accuracyDifference: PairedDifference? {
        guard case .success(let difference)? = measurement.differences.first(where: { $0.name == "accuracy" })?.difference else {
            return nil
        }
        return difference
    }

    private var sentence: String {
        let accuracy = measurement.candidate.metrics.first { $0.name == "accuracy" }?.measured
        let start = "Accuracy \(accuracy.map(MeasureWords.value) ?? "–") on \(Wording.count(rows, "row"))"
        guard let difference = accuracyDifference, let p = difference.p else { return start + "." }
        guard difference.difference != 0 else { return start + ", as often as the baseline." }
        let size = Wording.fixed(abs(difference.difference), 3)
        let direction = difference.difference < 0 ? "worse" : "better"
        return p < GroupDifference.level
            ? "\(start); \(size) \(direction) than the baseline, and the data can tell (\(Wording.pEquals(p)))."
            : "\(start); \(size) \(direction) than the baseline, which may be chance (\(Wording.pEquals(p)))."
    }

    private var verdict: Phrase? {
        guard let difference = accuracyDifference else { return nil }
        return MeasureWords.verdict(difference, lessIsBetter: false)
    }

    private var facts: [Report.Fact] {
        [
            Report.Fact("rows", Wording.grouped(rows)), Report.Fact("label", request.label),
            Report.Fact("classes", Wording.list(names)), Report.Fact("scores", Wording.list(request.scores)),
        ]
    }

    private func rows(lossy: Bool) -> [IntervalChart.Row] {
        measurement.candidate.metrics.filter { ($0.name == "log_loss") == lossy }.map {
            MeasureWords.row(MeasureWords.words($0.name), $0.measured)
        }
    }

    private var classTable: DataTable {
        let columns: [DataTable.Column] = [
            .init("class", .left), .init("n"), .init("decided"), .init("AUC"), .init("precision"), .init("recall"), .init("F1"),
        ]
        let cells = names.indices.map { index -> [Phrase] in
            let table = measurement.candidate.table.against(rest: index)
            return [
                Phrase(names[index]), Phrase(Wording.grouped(table.positives.rows)),
                Phrase(Wording.grouped(table.selected.rows)), MeasureWords.cell(measurement.candidate.aucs[index].value),
            ] + Self.classMetrics.map { MeasureWords.cell($0.measured(table).value) }
        }
        return DataTable(columns, rows: cells)
    }

    private var comparisonSection: Report.Section {
        let rows = measurement.differences.compactMap { name, result -> IntervalChart.Row? in
            guard case .success(let difference) = result else { return nil }
            return MeasureWords.row(MeasureWords.words(name), difference, lessIsBetter: name == "log_loss")
        }
        let share = measurement.disagreement?.value.map(Wording.percent) ?? "–"
        return Report.Section(
            "Against the baseline",
            [
                .text("The models decide differently on \(share) of the rows."),
                .intervals(IntervalChart("Model minus baseline on the same rows, 95 % intervals", rows: rows, reference: 0)),
            ])
    }
}
