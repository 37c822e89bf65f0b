import Rendering
import Statistics

extension BinaryFinding {
    /// More rows than this are for a program to read.
    private static let rowsShownMax = 60
    /// Of more groups than this, charts show the largest; the table has them all.
    private static let rowsDrawnMax = 12

    func section(_ grouping: GroupedMeasurement) -> Report.Section {
        let present = grouping.groups.filter { $0.counts.count > 0 }
        let shown = Array(present.prefix(Self.rowsShownMax))
        let drawn = Self.largest(shown)
        let part = drawn.count < shown.count ? ", the \(drawn.count) largest groups" : ""
        var blocks: [Report.Block] = [.text(fairnessSentence(grouping))]
        if present.count > shown.count {
            blocks.append(.note("\(present.count - shown.count) more groups are in the JSON only."))
        }
        blocks.append(.table(table(shown)))
        // Of combinations the table says enough.
        if grouping.grouping.columns.count == 1 {
            blocks.append(.bars(BarChart("Selection rate" + part, bars: drawn.map(bar))))
        }
        blocks.append(
            .intervals(
                IntervalChart(
                    "AUC, 95 % intervals\(part); the line is all rows", rows: drawn.map(aucRow),
                    reference: measurement.candidate.scores.first?.measured.value, decimals: 3)))
        if grouping.groups.contains(where: { $0.baseline != nil }) {
            blocks.append(
                .intervals(
                    IntervalChart(
                        "AUC minus the baseline's in the same group\(part); p adjusted for the number of groups",
                        rows: drawn.compactMap(baselineRow), reference: 0, decimals: 3)))
        }
        let thin = present.filter { $0.reason == .tooSmall }
        if !thin.isEmpty {
            blocks.append(
                .note(
                    """
                    Not judged, with fewer than \(request.minimums.rows) rows: \
                    \(Wording.list(thin.map { "\(Self.name($0)) (\(Wording.grouped($0.counts.count)))" })).
                    """))
        }
        return Report.Section("By " + grouping.grouping.columns.joined(separator: " and "), blocks)
    }

    /// In the order they come in.
    private static func largest(_ groups: [GroupedMeasurement.Group]) -> [GroupedMeasurement.Group] {
        let places = groups.indices.sorted { (-groups[$0].counts.count, $0) < (-groups[$1].counts.count, $1) }
        return places.prefix(rowsDrawnMax).sorted().map { groups[$0] }
    }

    private static func name(_ group: GroupedMeasurement.Group) -> String {
        group.names.map { $0 ?? "(missing)" }.joined(separator: " × ")
    }

    private func fairnessSentence(_ grouping: GroupedMeasurement) -> String {
        let disparity = grouping.judgedDisparity
        var sentences: [String] = []
        if let spread = disparity.selectionRate, let ratio = disparity.impactRatio {
            sentences.append(
                """
                Selection rates run from \(Wording.percent(spread.lowest.value)) to \(Wording.percent(spread.highest.value)), \
                a ratio of \(Wording.fixed(ratio, 2))\(ratio < 0.8 ? ", below four fifths" : "").
                """)
        }
        if let difference = disparity.equalizedOddsDifference {
            sentences.append("True or false positive rates differ by up to \(Wording.fixed(difference, 3)).")
        }
        let apart = grouping.groups.filter { $0.complement.auc.isBelow || $0.complement.auc.isAbove }
        if !apart.isEmpty {
            let names = apart.map { "\(Self.name($0)) (\(Wording.fixed($0.complement.auc.difference ?? 0, 3)))" }
            sentences.append("Ranked differently from the other rows: \(Wording.list(names)).")
        }
        let worse = grouping.groups.filter { $0.baseline?.auc.isBelow == true }
        if !worse.isEmpty {
            sentences.append("Ranked worse than by the baseline: \(Wording.list(worse.map(Self.name))).")
        } else if grouping.groups.contains(where: { $0.baseline?.auc.adjustedP != nil }) {
            sentences.append("No group is shown to be ranked worse than by the baseline.")
        }
        return sentences.isEmpty ? "No group is large enough to be judged." : sentences.joined(separator: " ")
    }

    /// What the charts below do not say.
    private func table(_ groups: [GroupedMeasurement.Group]) -> DataTable {
        let columns: [DataTable.Column] = [
            .init("group", .left), .init("n"), .init("positives"), .init("AUC"), .init("AUC − rest (p)"), .init("selected"),
            .init("TPR"), .init("FPR"),
        ]
        return DataTable(columns, rows: groups.map(row))
    }

    private func row(_ group: GroupedMeasurement.Group) -> [Phrase] {
        func rate(_ metric: DecisionMetric) -> Phrase { MeasureWords.cell(metric.share(group.table)?.value) }
        return [
            Phrase(Self.name(group)), Phrase(Wording.grouped(group.counts.count)),
            Phrase(Wording.grouped(group.counts.positives)), MeasureWords.cell(group.auc.value), change(group.complement.auc),
            rate(.selectionRate), rate(.recall), rate(.falsePositiveRate),
        ]
    }

    /// A difference, with its p-value where it was tested.
    private func change(_ difference: GroupDifference) -> Phrase {
        guard let value = difference.difference else { return Phrase("–") }
        let text = Wording.fixed(value, 3)
        guard let p = difference.adjustedP else { return Phrase(text) }
        return Phrase("\(text) (\(Wording.pValue(p)))", difference.isBelow ? .caution : .neutral)
    }

    private func bar(_ group: GroupedMeasurement.Group) -> BarChart.Bar {
        BarChart.Bar(
            Self.name(group), value: DecisionMetric.selectionRate.share(group.table)?.value,
            note: "n = \(Wording.grouped(group.counts.count))")
    }

    private func aucRow(_ group: GroupedMeasurement.Group) -> IntervalChart.Row {
        let difference = group.complement.auc
        return IntervalChart.Row(
            Self.name(group), value: group.auc.value, lower: group.auc.interval?.lower, upper: group.auc.interval?.upper,
            tone: difference.isBelow ? .caution : .neutral,
            note: group.reason.map(MeasureWords.reason) ?? "", isHollow: group.reason?.isTooFew ?? false)
    }

    private func baselineRow(_ group: GroupedMeasurement.Group) -> IntervalChart.Row? {
        guard let change = group.baseline?.auc else { return nil }
        let p = change.adjustedP.map { ", " + Wording.pEquals($0) } ?? ""
        let words: String
        switch GroupVerdict(change) {
        case .better: words = "better" + p
        case .worse: words = "worse" + p
        case .cannotTell: words = "may be chance" + p
        case .notJudged: words = change.reason.map(MeasureWords.reason) ?? "not judged"
        }
        return IntervalChart.Row(
            Self.name(group), value: change.difference, lower: change.interval?.lower, upper: change.interval?.upper,
            tone: change.isBelow ? .bad : change.isAbove ? .good : .neutral, note: words,
            isHollow: change.reason?.isTooFew ?? false)
    }
}
