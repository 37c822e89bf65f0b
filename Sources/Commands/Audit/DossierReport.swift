import AuditLog
import GatehouseCore
import Promotions
import Rendering

/// A filled-in evidence pack as a document.
struct DossierReport {
    private static let notRecorded = "not recorded"

    private let dossier: Dossier
    private let proofs: AuditBundleCheck.Finding

    init(_ dossier: Dossier, _ proofs: AuditBundleCheck.Finding) {
        self.dossier = dossier
        self.proofs = proofs
    }

    var report: Report {
        let subject = "\(dossier.model) v\(dossier.version)"
        return Report(
            title: "\(subject): \(dossier.pack.title)", sentence: dossier.sentence,
            facts: [
                Report.Fact("pack", dossier.pack.reference),
                dossier.asOf.map { Report.Fact("as of", $0.description) },
                Report.Fact("on record", "\(dossier.recordedCount) of \(dossier.answers.count) requirements"),
                Report.Fact("log", proofs.header.origin),
                Report.Fact("made from entries of", proofs.header.exportedAt.description),
            ].compactMap(\.self),
            sections: [Report.Section("How to read this", dossier.pack.remarks.map { .note($0) })]
                + dossier.sections.map { section in
                    Report.Section("\(section.reference): \(section.title)", section.answers.flatMap(blocks))
                } + [Report.Section("What vouches for this", [.text(proofs.sentence)])])
    }

    private func blocks(_ answer: Dossier.Answer) -> [Report.Block] {
        switch answer.content {
        case .notRecorded(let reason):
            return [.text("\(answer.requirement): \(Self.notRecorded) (\(reason)).")]
        case .statements(let lines): return [.text("\(answer.requirement):")] + lines.map { .text($0) }
        case .facts(let facts):
            return [
                .table(
                    DataTable(
                        [.init("what", .left), .init("on record", .left)],
                        rows: facts.map { [Phrase($0.name), Self.cell($0.value)] }, caption: answer.requirement))
            ]
        case .table(let table):
            let isNumeric = table.columns.indices.map { column in
                table.rows.contains { $0[column].doubleValue != nil }
            }
            let columns = zip(table.columns, isNumeric).map { DataTable.Column($0, $1 ? .right : .left) }
            return [
                .table(
                    DataTable(columns, rows: table.rows.map { $0.map(Self.cell) }, caption: answer.requirement))
            ] + table.notes.map { .text($0) }
        }
    }

    private static func cell(_ value: JSONValue) -> Phrase {
        switch value {
        case .null: Phrase("—")
        case .bool(let flag): Phrase(flag ? "yes" : "no")
        case .integer(let number): Phrase("\(number)")
        case .number(let number): Phrase(Wording.compact(number))
        case .string(let text): Phrase(text)
        case .array(let elements): Phrase(elements.map { cell($0).text }.joined(separator: ", "))
        case .object: Phrase(value.canonicalText)
        }
    }
}
