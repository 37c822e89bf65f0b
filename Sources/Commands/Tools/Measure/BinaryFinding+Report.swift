import Rendering
import Statistics

extension BinaryFinding {
    var report: Report {
        var sections = [metricsSection]
        if let comparison = measurement.comparison { sections.append(comparisonSection(comparison)) }
        sections.append(calibrationSection)
        sections += groupings.map(section)
        return Report(
            title: "Measurement of \(request.file)", sentence: sentence, verdict: verdict, facts: facts, sections: sections)
    }

    private var aucDifference: PairedDifference? {
        guard case .success(let difference)? = measurement.comparison?.scores.first?.difference else { return nil }
        return difference
    }

    /// "AUC 0.775 (0.743…0.804) on 1,000 rows; 0.020 better than the baseline, and the data can tell (p = 0.015)."
    private var sentence: String {
        guard let auc = measurement.candidate.scores.first?.measured, let value = auc.value else {
            let accuracy = measurement.candidate.decisions.first { $0.metric == .accuracy }?.measured
            return """
                All \(Wording.count(rows, "row")) have the label \(positives == 0 ? 0 : 1), so nothing says how the scores rank; \
                accuracy \(accuracy.map(MeasureWords.value) ?? "undefined").
                """
        }
        let start = "AUC \(MeasureWords.value(auc)) on \(Wording.count(rows, "row"))"
        guard measurement.baseline != nil else { return start + "." }
        guard let difference = aucDifference else { return start + "; the baseline has no AUC to compare with." }
        if difference.difference == 0, difference.p == 1 { return start + "; the baseline ranks the rows the same way." }
        guard let p = difference.p else {
            return start
                + "; the rows leave no variance to tell it from the baseline's \(Wording.fixed(value - difference.difference, 3))."
        }
        let size = Wording.fixed(abs(difference.difference), abs(difference.difference) < 0.0005 ? 5 : 3)
        let direction = difference.difference < 0 ? "worse" : "better"
        return p < GroupDifference.level
            ? "\(start); \(size) \(direction) than the baseline, and the data can tell (\(Wording.pEquals(p)))."
            : "\(start); \(size) \(direction) than the baseline, which may be chance (\(Wording.pEquals(p)))."
    }

    private var verdict: Phrase? {
        guard measurement.baseline != nil else { return nil }
        guard let difference = aucDifference, let p = difference.p else { return Phrase("not compared", .caution) }
        guard p < GroupDifference.level else { return Phrase("no difference shown", .caution) }
        return difference.difference > 0 ? Phrase("better", .good) : Phrase("worse", .bad)
    }

    private var facts: [Report.Fact] {
        var facts = [
            Report.Fact("rows", Wording.grouped(rows)),
            Report.Fact("positives", "\(Wording.grouped(positives)) (\(Wording.percent(Double(positives) / Double(rows))))"),
            Report.Fact("label", request.label), Report.Fact("score", request.scores[0]),
            Report.Fact("threshold", ToolNumber.plain(request.threshold)),
        ]
        if let baseline = request.baselineScores?.first { facts.append(Report.Fact("baseline", baseline)) }
        if let weight = request.weight, let weights {
            facts.append(Report.Fact("weight", "\(weight), as good as \(Wording.fixed(weights.effectiveRows, 0)) equal rows"))
        }
        return facts
    }

    private static let rankingMetrics: [Metric] = [.aucROC, .prAUC, .ks]

    /// What another number says too: the share of positives is a fact, and specificity is 1 less the false positive rate.
    private static let repeating: Set<DecisionMetric> = [.baseRate, .specificity]

    private var metricsSection: Report.Section {
        let scores = measurement.candidate.scores
        let ranking = scores.filter { Self.rankingMetrics.contains($0.metric) }.map {
            MeasureWords.row(MeasureWords.name($0.metric), $0.measured)
        }
        let losses = scores.filter(\.metric.isLoss).map { MeasureWords.row(MeasureWords.name($0.metric), $0.measured) }
        let decisions = measurement.candidate.decisions.filter { !Self.repeating.contains($0.metric) }.map {
            MeasureWords.row(MeasureWords.name($0.metric), $0.measured)
        }
        let threshold = ToolNumber.plain(request.threshold)
        return Report.Section(
            "Metrics",
            [
                .intervals(IntervalChart("Ranking, 95 % intervals", rows: ranking, decimals: 3)),
                .intervals(IntervalChart("Probabilities, less is better", rows: losses)),
                .intervals(IntervalChart("Decisions at scores of \(threshold) and more", rows: decisions, decimals: 3)),
            ])
    }

    private func comparisonSection(_ comparison: BinaryMeasurement.Comparison) -> Report.Section {
        var chart: [IntervalChart.Row] = []
        var table: [[Phrase]] = []
        func add(
            _ name: String, _ own: Measured?, _ other: Measured?, _ result: Result<PairedDifference, Undefined>,
            lessIsBetter: Bool?
        ) {
            guard case .success(let difference) = result else { return }
            let isClear = difference.interval.map { !$0.contains(0) } ?? false
            let isGood = lessIsBetter.map { $0 == (difference.difference < 0) }
            let tone: Tone = isClear ? isGood.map { $0 ? .good : .bad } ?? .neutral : .neutral
            chart.append(
                IntervalChart.Row(
                    name, value: difference.difference, lower: difference.interval?.lower, upper: difference.interval?.upper,
                    tone: tone))
            let word = isClear ? isGood.map { $0 ? "better" : "worse" } ?? "differs" : "may be chance"
            table.append([
                Phrase(name), MeasureWords.cell(own?.value), MeasureWords.cell(other?.value),
                MeasureWords.cell(difference.difference, 4), Phrase(difference.p.map(Wording.pValue) ?? "–"), Phrase(word, tone),
            ])
        }
        for (place, (metric, result)) in comparison.scores.enumerated() {
            add(
                MeasureWords.name(metric), measurement.candidate.scores[place].measured,
                measurement.baseline?.scores[place].measured,
                result, lessIsBetter: metric.isLoss)
        }
        for (place, (metric, result)) in comparison.decisions.enumerated() where !Self.repeating.contains(metric) {
            add(
                MeasureWords.name(metric), measurement.candidate.decisions[place].measured,
                measurement.baseline?.decisions[place].measured, result,
                lessIsBetter: metric == .selectionRate ? nil : metric == .falsePositiveRate)
        }
        let columns: [DataTable.Column] = [
            .init("metric", .left), .init("model"), .init("baseline"), .init("difference"), .init("p"), .init("verdict", .left),
        ]
        return Report.Section(
            "Against the baseline",
            [
                .text(disagreement(comparison.paired)),
                .intervals(
                    IntervalChart("Model minus baseline on the same rows, 95 % intervals", rows: chart, reference: 0)),
                .table(DataTable(columns, rows: table)),
                .note("Each line stands by itself: of twenty such lines one differs by chance alone."),
            ])
    }

    private func disagreement(_ paired: PairedDecisions) -> String {
        let share = paired.disagreement.value.map(Wording.percent) ?? "–"
        let test = paired.mcnemar
        guard paired.disagreement.part > 0 else { return "Both models decide alike on every row." }
        let p = Wording.pEquals(test.exactP ?? test.p)
        func count(_ weight: Double) -> String {
            weights == nil ? Wording.grouped(Int(weight)) : "a weight of " + Wording.compact(weight)
        }
        return """
            The models decide differently on \(share) of the rows: the model alone is right on \
            \(count(test.candidateAlone)), the baseline alone on \(count(test.baselineAlone)) \
            (McNemar, \(p)).
            """
    }

    private var calibrationSection: Report.Section {
        var blocks: [Report.Block] = []
        switch measurement.candidate.calibration {
        case .success(let line):
            let slope = Measured(line.slope, reason: .noVariance)
            let word =
                line.slope.interval.map {
                    $0.upper < 1
                        ? "the scores are too extreme"
                        : $0.lower > 1 ? "the scores are too cautious" : "no sign of scores too extreme or too cautious"
                } ?? ""
            blocks.append(.text("Calibration slope \(MeasureWords.value(slope)): \(word)."))
        case .failure(let reason): blocks.append(.note("No calibration line: \(MeasureWords.reason(reason))."))
        }
        func series(_ name: String, _ model: BinaryMeasurement.Model?, _ tone: Tone) -> LineChart.Series? {
            guard let bins = model?.reliability.first(where: { $0.scheme == .equalMass })?.bins else { return nil }
            let points = bins.compactMap { bin in bin.observed.value.map { LineChart.Point(bin.meanScore, $0) } }
            return LineChart.Series(name, points, tone: tone, isMarked: true)
        }
        let curves = [series("model", measurement.candidate, .good), series("baseline", measurement.baseline, .neutral)]
            .compactMap(\.self)
        if !curves.isEmpty {
            blocks.append(
                .lines(
                    LineChart(
                        "Reliability: tenths of the rows by score", xTitle: "mean score", yTitle: "share of positives",
                        series: curves, hasDiagonal: true)))
        }
        return Report.Section("Calibration", blocks)
    }
}
