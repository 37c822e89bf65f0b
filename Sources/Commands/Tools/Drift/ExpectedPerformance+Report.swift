import Rendering
import Statistics

extension ExpectedPerformance {
    var section: Report.Section {
        Report.Section("Expected performance on the current rows", [.text(sentence), .table(table), .note(note)])
    }

    private var sentence: String {
        guard let auc = metrics.first(where: { $0.metric == .aucROC }), let expected = auc.expected, let change = auc.change
        else {
            return "Nothing can be expected of these scores."
        }
        let range = auc.changeInterval.map { " (95 % interval \(Wording.range($0.lower, $0.upper)))" } ?? ""
        let caution = doubts.isEmpty ? "" : " Do not rely on it: \(doubts.map(Self.words).joined(separator: "; "))."
        return """
            Where scores keep their meaning, the AUC on the current rows is about \(Wording.fixed(expected, 3)), a change of \
            \(Wording.fixed(change, 4))\(range).\(caution)
            """
    }

    private var table: DataTable {
        DataTable(
            [
                DataTable.Column("metric", .left), DataTable.Column("reference, measured"),
                DataTable.Column("reference, estimated"), DataTable.Column("current, expected"),
                DataTable.Column("change"), DataTable.Column("95 % interval"),
            ],
            rows: metrics.map { metric in
                [
                    Phrase(Self.words(metric.metric)), Self.cell(metric.realized), Self.cell(metric.expectedOnReference),
                    Self.cell(metric.expected), Self.cell(metric.change),
                    Phrase(metric.changeInterval.map { Wording.range($0.lower, $0.upper) } ?? "–"),
                ]
            })
    }

    private var note: String {
        let error = Wording.fixed(calibrationError, 3)
        let range = calibrationErrorInterval.map { " (\(Wording.range($0.lower, $0.upper, decimals: 3)))" } ?? ""
        let how = isCalibrated ? "after isotonic calibration, on rows it was not fitted on" : "of the scores as they are"
        return """
            Estimated from calibrated scores without labels: it sees the rows change, never the relation between a score and what \
            happens. Calibration error on the reference \(how): \(error)\(range).
            """
    }

    private static func cell(_ value: Double?) -> Phrase { Phrase(value.map { Wording.fixed($0, 4) } ?? "–") }

    private static func words(_ metric: ExpectedMetric) -> String {
        switch metric {
        case .aucROC: "AUC"
        case .accuracy: "accuracy"
        case .logLoss: "log loss"
        case .brier: "Brier score"
        }
    }

    private static func words(_ doubt: Doubt) -> String {
        switch doubt {
        case .tooFewLabels: "fewer than \(labelsOfAClassMin) reference rows of a class"
        case .notCalibrated: "the scores are not calibrated on the reference, and calibration does not mend it"
        case .missesReference: "on the reference itself the estimated AUC is off by more than \(Wording.fixed(missMax, 2))"
        case .scoresOutsideReference: "more than \(Wording.percent(shareOutsideMax)) of the scores lie outside the reference's"
        }
    }
}
