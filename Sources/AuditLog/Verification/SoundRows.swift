import GatehouseCore
import Storage

/// Recognises rows with which nothing is wrong, as nearly all of a log are: without a value for every member of every entry. Of
/// the others `AuditLeaf` says what is wrong with them, so a no of this costs time and never a finding.
struct SoundRows {
    /// References to people that are known, and commit to the names beside them, or to names that were forgotten.
    let people: Set<String>

    /// Whether the entry's bytes are in canonical form, say what the columns of the row say, and commit to these texts.
    func hold(_ row: SQLRow, _ body: [UInt8], texts: [String: SaltedText]?) -> Bool {
        guard let columns = try? Columns(row), Self.actions.contains(columns.action), Self.outcomes.contains(columns.outcome),
            isKnown(columns.principal), columns.model.map(Self.isModel) ?? true, columns.version ?? 1 >= 1
        else { return false }
        var scan = CanonicalScan(body)
        return scan.skip("{\"action\":") && scan.skip(string: columns.action)
            && scan.skip(",\"facts\":") && scan.skipValue()
            && scan.skip(",\"format\":") && scan.skip(integer: AuditLeaf.format)
            && scan.skip(",\"id\":") && scan.skip(string: columns.id)
            && scan.skip(",\"model\":") && (columns.model.map { scan.skip(string: $0) } ?? scan.skip("null"))
            && scan.skip(",\"outcome\":") && scan.skip(string: columns.outcome)
            && scan.skip(",\"people\":")
            && scan.skipMembers { _, scan in scan.plainString().map { isKnown(scan.text($0)) } ?? false }
            && scan.skip(",\"principal\":") && scan.skip(string: columns.principal)
            && scan.skip(",\"sequence\":") && scan.skip(integer: columns.sequence)
            && scan.skip(",\"texts\":") && scan.skipMembers { name, scan in Self.skip(name, of: texts, &scan) }
            && scan.skip(",\"time\":") && scan.skip(integer: columns.time)
            && scan.skip(",\"version\":") && (columns.version.map { scan.skip(integer: $0) } ?? scan.skip("null"))
            && scan.skip("}") && scan.isAtEnd
    }

    /// Steps over the commitment to a text, which is there and the one committed to, or was forgotten.
    private static func skip(_ name: ArraySlice<UInt8>, of texts: [String: SaltedText]?, _ scan: inout CanonicalScan) -> Bool {
        guard let kept = texts?[String(decoding: name, as: UTF8.self)] else {
            return scan.plainString().map { AuditCommitment(hex: scan.text($0)) != nil } ?? false
        }
        return scan.skip(string: kept.commitment.hex)
    }

    private func isKnown(_ reference: String) -> Bool {
        people.contains(reference) || (reference.hasPrefix("system:") && PersonReference(stored: reference) != nil)
    }

    private static let actions = Set(AuditAction.allCases.map(\.rawValue))
    private static let outcomes = Set(AuditOutcome.allCases.map(\.rawValue))

    /// Most names are letters, digits and dashes; the rule for the others is `ModelName`'s.
    private static func isModel(_ text: String) -> Bool {
        let isPlain = text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        if isPlain, (1...ModelName.charactersMax).contains(text.utf8.count) { return true }
        return (try? ModelName(text)) != nil
    }

    private struct Columns {
        let sequence: Int64
        let id: String
        let time: Int64
        let principal: String
        let action: String
        let outcome: String
        let model: String?
        let version: Int64?

        init(_ row: SQLRow) throws {
            sequence = try row.integer("sequence")
            id = try row.text("id")
            time = try row.integer("time")
            principal = try row.text("principal")
            action = try row.text("action")
            outcome = try row.text("outcome")
            model = try row.optional("model", row.text)
            version = try row.optional("version", row.integer)
        }
    }
}

extension SQLTransaction {
    /// People whose references are looked up once for the whole table; those beyond are looked up with their entries.
    static let soundPeopleMax = 200_000

    func soundRows() throws -> SoundRows {
        let known = try rows("SELECT reference, principal, salt FROM audit_person LIMIT \(Self.soundPeopleMax)") { row in
            // A row that cannot be read is found with the entries that name it.
            try? Self.soundReference(row)
        }
        return SoundRows(people: Set(known.compactMap { $0 }))
    }

    private static func soundReference(_ row: SQLRow) throws -> String? {
        let reference = try row.text("reference")
        guard let stored = PersonReference(stored: reference) else { return nil }
        guard let principal = try row.optional("principal", row.text) else { return reference }
        return PersonReference(Principal(stored: principal), salt: try row.bytes("salt")) == stored ? reference : nil
    }

    /// The texts beside the entries of a page, by sequence.
    func saltedTexts(after: Int64, upTo last: Int64) throws -> [Int64: [String: SaltedText]] {
        let found = try rows(
            "SELECT sequence, name, salt, text FROM audit_text WHERE sequence > \(after) AND sequence <= \(last)"
        ) { (try $0.integer("sequence"), try $0.text("name"), SaltedText(text: try $0.text("text"), salt: try $0.bytes("salt"))) }
        var texts: [Int64: [String: SaltedText]] = [:]
        for (sequence, name, text) in found { texts[sequence, default: [:]][name] = text }
        return texts
    }
}
