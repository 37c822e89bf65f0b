import GatehouseCore
import Rendering
import Statistics

extension DriftResult {
    /// The chart shows so many features, the largest first; the table has all of them.
    private static let barsMax = 30
    private static let bucketTablesMax = 8

    var report: Report {
        var sections = [Report.Section("Features", [.bars(chart), .table(table), .note(rowsNote)] + emptyBucketNotes)]
        sections += drifted.prefix(Self.bucketTablesMax).map { Report.Section("Where \($0.comparison.name) moved", buckets($0)) }
        if !notes.isEmpty { sections.append(Report.Section("Also noted", notes.map { .note($0) })) }
        if let expected { sections.append(expected.section) }
        return Report(
            title: "Drift of \(files.currentFile) from \(files.referenceFile)", sentence: sentence,
            verdict: Self.phrase(verdict),
            facts: [
                Report.Fact("reference", "\(files.referenceFile), \(Wording.count(files.referenceRows, "row"))"),
                Report.Fact("current", "\(files.currentFile), \(Wording.count(files.currentRows, "row"))"),
                Report.Fact(
                    "rule",
                    """
                    PSI from \(DriftWords.limit(rule.moderate)) moderate, from \(DriftWords.limit(rule.significant)) drift, where \
                    chance explains it in less than \(Wording.compactPercent(rule.alpha)) of cases (\(rule.correction.rawValue))
                    """),
            ], sections: sections)
    }

    private var drifted: [DriftFinding] {
        bySize.filter { $0.verdict == .drift || $0.verdict == .moderate }
    }

    /// The largest index first; those without one at the end, in the order of the file.
    private var bySize: [DriftFinding] {
        findings.enumerated().sorted { first, second in
            let sizes = (size(first.element) ?? -1, size(second.element) ?? -1)
            return sizes.0 == sizes.1 ? first.offset < second.offset : sizes.0 > sizes.1
        }.map(\.element)
    }

    private func size(_ finding: DriftFinding) -> Double? { finding.comparison.tested?.smoothedPSI }

    private var sentence: String {
        let count = Wording.count(findings.count, "feature")
        func names(_ verdict: DriftVerdict) -> [String] {
            bySize.filter { $0.verdict == verdict }.map { finding in
                finding.comparison.name + (size(finding).map { " (PSI \(Wording.fixed($0, 2)))" } ?? "")
            }
        }
        let drift = names(.drift)
        let moderate = names(.moderate)
        let open = names(.inconclusive)
        var parts: [String] = []
        if !drift.isEmpty { parts.append("\(drift.count) of \(count) drifted: \(Wording.list(drift))") }
        if !moderate.isEmpty { parts.append("\(moderate.count) of \(count) drifted moderately: \(Wording.list(moderate))") }
        if parts.isEmpty, open.count < findings.count {
            let largest = bySize.first { $0.verdict == .noDrift }.flatMap { size($0) } ?? 0
            let rest = open.isEmpty ? count : "\(findings.count - open.count) of \(count)"
            parts.append("No drift in \(rest); the largest PSI is \(Wording.fixed(largest, 3))")
        }
        if !open.isEmpty {
            let which = open.count == findings.count ? "None of \(count) can" : "\(open.count) of \(count) cannot"
            parts.append("\(which) be decided: \(Wording.list(open))")
        }
        if !files.missingInCurrent.isEmpty {
            parts.append("\(files.currentFile) lacks \(Wording.list(files.missingInCurrent))")
        }
        return parts.joined(separator: ". ") + "."
    }

    private var chart: BarChart {
        let shown = bySize.prefix(Self.barsMax)
        return BarChart(
            findings.count > shown.count
                ? "Smoothed PSI, the largest \(shown.count) of \(findings.count)" : "Smoothed PSI by feature",
            bars: shown.map { finding in
                BarChart.Bar(
                    finding.comparison.name, value: size(finding).map { max(0, $0) }, tone: Self.phrase(finding.verdict).tone,
                    note: finding.verdict == .noDrift ? "" : Self.phrase(finding.verdict).text)
            }, limit: rule.significant)
    }

    /// What fits a narrow window; the other distances stand with the features that moved, all of them in the JSON.
    private var table: DataTable {
        let hasGaps = findings.contains { $0.comparison.reference.missing + $0.comparison.current.missing > 0 }
        let columns: [DataTable.Column] = [
            .init("feature", .left), .init("verdict", .left), .init("PSI"), .init("smoothed"), .init("without chance"),
            .init("adjusted p"),
        ]
        return DataTable(
            columns + (hasGaps ? [.init("missing", .left)] : []),
            rows: bySize.map { finding in
                let comparison = finding.comparison
                let cells = [
                    Phrase(comparison.name), Self.phrase(finding), DriftWords.cell(comparison.drift?.buckets.psi),
                    DriftWords.cell(comparison.tested?.smoothedPSI), Phrase(comparison.tested.map(DriftWords.interval) ?? "–"),
                    Phrase(DriftWords.p(finding.adjustedP)),
                ]
                return cells + (hasGaps ? [Phrase(DriftWords.missing(comparison))] : [])
            })
    }

    /// What an empty bucket does to the PSI, where it does much.
    private var emptyBucketNotes: [Report.Block] {
        let inflated = bySize.compactMap { finding -> String? in
            guard let psi = finding.comparison.drift?.buckets.psi, let smoothed = size(finding), psi - smoothed >= rule.moderate,
                DriftWords.hasEmptyBucket(finding.comparison)
            else { return nil }
            return "\(finding.comparison.name) (\(Wording.fixed(psi, 2)), smoothed \(Wording.fixed(smoothed, 2)))"
        }
        guard !inflated.isEmpty else { return [] }
        return [
            .note(
                """
                A bucket that is empty on one side makes the PSI much larger than the smoothed one: \(Wording.list(inflated)). \
                How much larger depends on what stands for the empty share, not on the data.
                """)
        ]
    }

    private var rowsNote: String {
        """
        PSI counts an empty bucket as 0.000001; the smoothed one adds half a row to every bucket instead. Chance alone raises it, \
        the fewer the rows the more: 'without chance' is the 95 % interval of what is left then. The verdict rests on the smoothed \
        PSI and its p-value, adjusted for \(Wording.count(findings.count, "feature")).
        """
    }

    private func buckets(_ finding: DriftFinding) -> [Report.Block] {
        let shares = DriftWords.shares(finding.comparison)
        guard !shares.isEmpty else { return [.text((finding.reason.map(DriftWords.reason) ?? "no buckets to show") + ".")] }
        return distances(finding.comparison) + [
            .table(
                DataTable(
                    [
                        DataTable.Column("bucket", .left), DataTable.Column("reference"), DataTable.Column("current"),
                        DataTable.Column("change"),
                    ],
                    rows: shares.map { share in
                        [
                            Phrase(share.label), Phrase(Wording.percent(share.reference)), Phrase(Wording.percent(share.current)),
                            Phrase(Wording.fixed((share.current - share.reference) * 100, 1) + " points"),
                        ]
                    }))
        ]
    }

    private func distances(_ comparison: FeatureComparison) -> [Report.Block] {
        guard let distance = comparison.rows?.kolmogorovSmirnov else { return [] }
        let shift = comparison.rows?.normalizedWasserstein.map {
            ", Wasserstein distance \(Wording.readable($0, 2)) standard deviations of the reference"
        }
        return [.text("Kolmogorov–Smirnov distance \(Wording.fixed(distance, 3))\(shift ?? "").")]
    }

    private var notes: [String] {
        var notes: [String] = []
        for finding in findings {
            let comparison = finding.comparison
            if let drift = comparison.drift, !drift.newCategories.isEmpty {
                notes.append(
                    "\(comparison.name) has new categories: \(DriftWords.counted(drift.newCategories, comparison.current)).")
            }
            if let drift = comparison.drift, !drift.goneCategories.isEmpty {
                notes.append(
                    "\(comparison.name) lost categories: \(DriftWords.counted(drift.goneCategories, comparison.reference)).")
            }
            // Many features are asked: Bonferroni keeps the family's level, whatever the rule adjusts by.
            if let p = comparison.missingP, p * Double(findings.count) <= rule.alpha {
                notes.append(
                    "\(comparison.name) is missing in \(DriftWords.missing(comparison)) of the rows (\(Wording.pEquals(p))).")
            }
            if comparison.obstacle == .kindsDiffer {
                notes.append(
                    "\(comparison.name) holds numbers on one side and text on the other: correct it, or give --text-column \(comparison.name)."
                )
            }
        }
        if !files.missingInReference.isEmpty {
            notes.append("Only \(files.currentFile) has \(Wording.list(files.missingInReference)).")
        }
        return notes
    }

    private static func phrase(_ finding: DriftFinding) -> Phrase {
        let phrase = phrase(finding.verdict)
        return finding.reason.map { Phrase("\(phrase.text): \(DriftWords.reason($0))", phrase.tone) } ?? phrase
    }

    private static func phrase(_ verdict: DriftVerdict) -> Phrase {
        switch verdict {
        case .noDrift: Phrase("no drift", .good)
        case .moderate: Phrase("moderate drift", .caution)
        case .drift: Phrase("drift", .bad)
        case .inconclusive: Phrase("inconclusive", .caution)
        }
    }
}
