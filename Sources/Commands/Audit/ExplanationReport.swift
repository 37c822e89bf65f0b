import AuditLog
import GatehouseCore
import Gates
import Promotions
import Rendering

/// Why a version is where it is, for a person: the sentence, then the six questions.
struct ExplanationReport {
    private static let measurementsMax = 24

    private let explanation: Explanation
    private let proofs: AuditBundleCheck.Finding
    private var record: EvaluationRecord? { explanation.evaluation?.record }

    init(_ explanation: Explanation, _ proofs: AuditBundleCheck.Finding) {
        self.explanation = explanation
        self.proofs = proofs
    }

    var report: Report {
        Report(
            title: "\(explanation.model) v\(explanation.version)", sentence: explanation.sentence, facts: facts,
            sections: [
                Report.Section("Which checks ran, and what they returned", checks),
                Report.Section("Metric values then", metrics),
                Report.Section("Who approved, when, with which answers and flags", Self.approvals(explanation)),
                Report.Section("On which data", [.text(dataset)]),
                Report.Section("What shadow traffic showed", shadow),
                Report.Section("How the champion did at that time", champion),
                Report.Section("Every attempt", Self.attempts(explanation)),
            ] + Self.remarks(explanation) + [Report.Section("What vouches for this", [.text(proofs.sentence)] + forgotten)])
    }

    private var forgotten: [Report.Block] {
        if !proofs.header.hasTexts { return [.note("Names and texts were left out of this file.")] }
        let entries = explanation.erased.keys.sorted()
        guard !entries.isEmpty else { return [] }
        return [.note("Texts of entries \(entries.map { "\($0)" }.joined(separator: ", ")) were erased on request.")]
    }

    private var facts: [Report.Fact] {
        [
            explanation.asOf.map { Report.Fact("as of", $0.description) },
            Report.Fact("stage", explanation.stage.rawValue),
            explanation.artifact.map { Report.Fact("artifact", $0.description) },
            explanation.registered.map { Report.Fact("registered", "\($0.time) by \($0.by), entry \($0.sequence)") },
            explanation.copiedFrom.map { Report.Fact("copied from", "\($0.words); \($0.reason)") },
        ].compactMap(\.self)
    }

    private var checks: [Report.Block] {
        guard let evaluation = explanation.evaluation, let record else { return [.text("No evaluation is recorded.")] }
        var blocks: [Report.Block] = [
            .text(
                "Evaluation \(record.id), finished \(evaluation.event.time), entry \(evaluation.event.sequence), "
                    + "under policy \(record.policy.reference) (\(record.policy.digest.short)). \(age(record))")
        ]
        if let failure = record.failure { blocks.append(.note("It could not be carried out: \(failure)")) }
        guard let results = record.results else {
            return blocks + [
                .note("The results are held by their digest \(record.resultsDigest), and their document is not here.")
            ]
        }
        blocks.append(
            .table(
                DataTable(
                    [.init("check", .left), .init("verdict", .left), .init("", .left), .init("reason", .left)],
                    rows: results.map {
                        [
                            Phrase($0.name), Phrase($0.verdict.rawValue, $0.verdict.tone),
                            Phrase($0.enforcement == .warn ? "warns" : ""), Phrase($0.judgement.reason),
                        ]
                    })))
        let judged = results.flatMap { check in
            check.judgement.measurements.filter { $0.verdict != nil }.map { (check.name, $0) }
        }
        // What did not pass first; within that in the order of the checks.
        let sorted = judged.filter { $0.1.verdict != .pass } + judged.filter { $0.1.verdict == .pass }
        if !sorted.isEmpty { blocks.append(.table(Self.table(sorted))) }
        if sorted.count > Self.measurementsMax {
            blocks.append(.note("\(sorted.count - Self.measurementsMax) more that were judged: --json has every measurement."))
        }
        return blocks
    }

    private func age(_ record: EvaluationRecord) -> String {
        guard let applied = record.policy.applied else { return "The server's default policy has no date." }
        let entry = record.policy.auditSequence.map { " (entry \($0))" } ?? ""
        switch record.thresholdsAreOlder {
        case true?: return "Its limits were applied at \(applied)\(entry), before the evaluation was asked for."
        case false?: return "Its limits were applied at \(applied)\(entry), after the evaluation was asked for."
        case nil: return "Its limits were applied at \(applied)\(entry)."
        }
    }

    private var metrics: [Report.Block] {
        guard record?.results != nil else { return [.text(record == nil ? "Not measured." : "Not at hand; see above.")] }
        let values = explanation.metrics.map { ("", $0) }
        return values.isEmpty ? [.text("No check measured a metric on all rows.")] : [.table(Self.table(values, hasCheck: false))]
    }

    private static func table(_ measurements: [(String, Measurement)], hasCheck: Bool = true) -> DataTable {
        let columns: [DataTable.Column] = [
            .init("check", .left), .init("measured", .left), .init("of", .left), .init("value"), .init("95 % interval"),
            .init("limit"), .init("n"), .init("verdict", .left),
        ]
        let rows = measurements.prefix(measurementsMax).map { check, found -> [Phrase] in
            let interval = found.lower.flatMap { lower in found.upper.map { "\(Wording.compact(lower))…\(Wording.compact($0))" } }
            return [
                Phrase(check), Phrase(found.metric), Phrase(found.subject ?? ""),
                Phrase(found.value.map(Wording.compact) ?? found.reason ?? "none"), Phrase(interval ?? ""),
                Phrase(found.limit.map(words) ?? ""), Phrase(found.n.map { Wording.grouped($0) } ?? ""),
                Phrase(found.verdict?.rawValue ?? "", found.verdict?.tone ?? .neutral),
            ]
        }
        guard !hasCheck else { return DataTable(columns, rows: Array(rows)) }
        return DataTable(Array(columns.dropFirst()), rows: rows.map { Array($0.dropFirst()) })
    }

    private static func words(_ limit: Measurement.Limit) -> String {
        switch limit {
        case .atLeast(let value): "≥ \(Wording.compact(value))"
        case .atMost(let value): "≤ \(Wording.compact(value))"
        }
    }

    private var dataset: String {
        guard let record else { return "No evaluation is recorded." }
        guard let data = record.dataset else { return "The evaluation was not on a registered dataset." }
        let rows = data.rows.flatMap { Int(exactly: $0) }.map { Wording.count($0, "row") } ?? "rows not recorded"
        return "\(data.reference), \(rows), \(data.digest?.description ?? "digest not recorded")."
    }

    private var shadow: [Report.Block] {
        if let found = explanation.shadow {
            let held = found.digest.map { ", digest \($0)" } ?? ""
            return found.summary.lines.map { .text($0) } + [.note("Entry \(found.event.sequence)\(held).")]
        }
        switch record?.policy.asksForShadow {
        case true?: return [.text("The policy asked for it; it was not measured.")]
        case false?: return [.text("The policy did not ask for it, and nothing was measured.")]
        case nil: return [.text("Not recorded.")]
        }
    }

    private var champion: [Report.Block] {
        guard let record else { return [.text("No evaluation is recorded.")] }
        guard let champion = record.champion else { return [.text("There was no champion then.")] }
        let bytes = champion.artifact.map { " (\($0))" } ?? ""
        let data = record.dataset.map { " on \($0.reference)" } ?? ""
        let text = "v\(champion.version)\(bytes), measured beside this version\(data)."
        guard !champion.metrics.isEmpty else { return [.text("v\(champion.version)\(bytes). No check measured it.")] }
        return [.text(text), .table(Self.table(champion.metrics.map { ("", $0) }, hasCheck: false))]
    }
}

extension Verdict {
    var tone: Tone {
        switch self {
        case .pass: .good
        case .fail, .error: .bad
        case .inconclusive: .caution
        }
    }
}

extension Terminal {
    func show(_ report: Report) {
        for line in TerminalReport(columns: columns, styled: { styled($0, $1) }).lines(report) { out(line) }
    }
}
