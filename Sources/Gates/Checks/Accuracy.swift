import GatehouseCore
import Rendering
import Statistics

/// Whether the candidate is good enough by itself and better than the model it would replace.
///
/// The point rule decides unless the policy asks for more: value ≥ absolute limit, and value − champion ≥ `min_delta`.
/// `min_relative_improvement`, the older name of `min_delta`, is by its history an *absolute* difference in the metric's
/// unit; `min_improvement_ratio` is the relative one. For losses (log loss, RMSE, …) less is better: the absolute limit
/// becomes the most allowed and the improvement is champion − value. Intervals at 95 % are always computed and recorded; a
/// warning says when the point verdict is one that the interval would not support.
package struct Accuracy: Gate {
    package static let descriptor = GateDescriptor(
        name: "accuracy", summary: "The metric reaches its limit and improves on the champion on the same rows.",
        needs: .scores,
        parameters: [
            GateParameter(
                "metric", .choice(Metric.allCases.map(\.rawValue)), default: .text(Metric.aucROC.rawValue),
                "What is measured."),
            GateParameter(
                "min_absolute_auc", .number(0...1), default: .number(0.82),
                "The least AUC; for auc_roc, unless min_absolute is given."),
            GateParameter(
                "min_absolute", .number(-1e12...1e12),
                "The least value of the metric; for losses, where less is better, the most."),
            GateParameter(
                "min_relative_improvement", .number(-1...1), default: .number(0.005),
                "The least improvement on the champion: an absolute difference, despite its name. min_delta overrides it."),
            GateParameter(
                "min_delta", .number(-1e12...1e12), "The least improvement on the champion, in the metric's unit."),
            GateParameter(
                "min_improvement_ratio", .number(-1...1e6),
                "The least improvement as a share of the champion's value: 0.01 is one per cent."),
            GateParameter(
                "compare", .choice(Comparison.allCases.map(\.rawValue)), default: .text(Comparison.point.rawValue),
                "point: the difference itself; superior: its interval lies above min_delta; non_inferior: above -margin."),
            GateParameter(
                "margin", .number(0...1e12), default: .number(0.01),
                "How much worse than the champion non_inferior tolerates, in the metric's unit."),
        ])

    enum Comparison: String, CaseIterable {
        case point, superior
        case nonInferior = "non_inferior"
    }

    private let metricName: String
    private let minAbsolute: Double?
    private let minDelta: Double
    private let minRatio: Double?
    private let comparison: Comparison
    private let margin: Double

    package init(_ settings: GateSettings) {
        metricName = settings.text("metric") ?? Metric.aucROC.rawValue
        let canonical = metricName == Metric.aucROC.rawValue ? settings.number("min_absolute_auc") : nil
        minAbsolute = settings.number("min_absolute") ?? canonical
        minDelta = settings.number("min_delta") ?? settings.number("min_relative_improvement") ?? 0
        minRatio = settings.number("min_improvement_ratio")
        comparison = settings.text("compare").flatMap(Comparison.init(rawValue:)) ?? .point
        margin = settings.number("margin") ?? 0
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        switch evidence.scores {
        case .missing(let verdict, let reason): Judgement(verdict, reason)
        case .available(let scores): judge(scores)
        }
    }

    private func judge(_ evidence: ScoredEvidence) -> Judgement {
        guard let metric = Metric(rawValue: metricName) else {
            return Judgement(.error, "There is no metric '\(metricName)'.")
        }
        let champion = evidence.championName.map { "champion \($0)" } ?? "the champion"
        let candidateRows: ScoredRows
        var championRows: ScoredRows?
        do {
            candidateRows = try rows(of: metric, evidence.candidate, evidence)
        } catch {
            return unmeasurable("the candidate", error)
        }
        do {
            championRows = try evidence.champion.map { answers throws(ScoreDefect) in try rows(of: metric, answers, evidence) }
        } catch {
            return unmeasurable(champion, error)
        }
        let measured = MetricComparison(of: metric, candidate: candidateRows, baseline: championRows)
        guard let value = measured.candidate.value else {
            return Judgement(
                .inconclusive, undefinedReason(metric, candidateRows),
                measurements: [
                    Measurement(
                        metric.rawValue, value: nil, n: candidateRows.count, verdict: .inconclusive,
                        reason: candidateRows.rarestClassCount == 0 ? "single_class" : "undefined")
                ])
        }
        let judge = AccuracyJudge(
            metric: metric, value: value, measured: measured, rows: candidateRows.count,
            rarestClassCount: candidateRows.rarestClassCount, champion: champion)
        var findings = [judge.absolute(minAbsolute)]
        if championRows != nil {
            findings.append(judge.improvement(minDelta: minDelta, comparison: comparison, margin: margin))
            findings.append(minRatio.map(judge.improvementRatio))
        }
        let curves = [
            CalibrationCurve(of: candidateRows, subject: nil),
            championRows.flatMap { CalibrationCurve(of: $0, subject: champion) },
        ]
        return judge.judgement(
            findings.compactMap(\.self), hasChampion: championRows != nil, calibration: curves.compactMap(\.self))
    }

    private func rows(of metric: Metric, _ answers: ScoreMatrix, _ evidence: ScoredEvidence) throws(ScoreDefect) -> ScoredRows {
        try ScoredRows(
            for: metric, labels: evidence.labels, answers: answers, weights: evidence.weights,
            decisionThreshold: evidence.decisionThreshold)
    }

    /// An empty data set says nothing; anything else that cannot be measured is an error.
    private func unmeasurable(_ model: String, _ defect: ScoreDefect) -> Judgement {
        Judgement(
            defect == .noRows ? .inconclusive : .error,
            "\(metricName) of \(model) cannot be measured: \(defect).")
    }

    private func undefinedReason(_ metric: Metric, _ rows: ScoredRows) -> String {
        if metric.needsEveryClass {
            return "\(metric.rawValue) is undefined: the \(Wording.count(rows.count, "row")) do not hold every class."
        }
        return "\(metric.rawValue) is undefined on these \(Wording.count(rows.count, "row"))."
    }
}
