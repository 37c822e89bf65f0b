import Crypto
package import GatehouseCore

/// What the Merkle tree commits to: an entry with commitments where names and free text were. Its canonical bytes are the
/// leaf, and all that tiles and mirrors hold.
package struct AuditLeaf: Sendable, Hashable {
    /// The canonical bytes of an entry fit a 16-bit length, as tile-based transparency logs require.
    package static let bytesMax = 65_535
    static let format: Int64 = 2

    /// Position in the log from 1, without gaps: leaf `sequence - 1` of the Merkle tree.
    package let sequence: Int64
    package let id: String
    package let time: Timestamp
    package let principal: PersonReference
    package let action: AuditAction
    package let outcome: AuditOutcome
    package let model: ModelName?
    package let version: VersionNumber?
    /// Others who have a part in it, by what part: `reviewer`, `user`, `holder`.
    package let people: [String: PersonReference]
    /// Free texts by name: `reason`, `comment`. A text that was empty has no place here.
    package let texts: [String: AuditCommitment]
    /// What else belongs to the decision: ids, digests, numbers, verdicts. Never a name or what a person wrote.
    package let facts: JSONValue
    /// The bytes that are stored and hashed.
    package let canonicalBytes: [UInt8]

    package init(
        _ draft: AuditDraft, sequence: Int64, principal: PersonReference, people: [String: PersonReference],
        texts: [String: AuditCommitment]
    ) {
        self.sequence = sequence
        id = draft.id
        time = draft.time
        self.principal = principal
        action = draft.action
        outcome = draft.outcome
        model = draft.model
        version = draft.version
        self.people = people
        self.texts = texts
        facts = draft.facts
        canonicalBytes =
            JSONValue.object([
                "format": .integer(Self.format),
                "sequence": .integer(sequence),
                "id": .string(id),
                "time": .integer(time.milliseconds),
                "principal": .string(principal.text),
                "action": .string(action.rawValue),
                "outcome": .string(outcome.rawValue),
                "model": model.map { .string($0.text) } ?? .null,
                "version": version.map { .integer($0.value) } ?? .null,
                "people": .object(people.mapValues { .string($0.text) }),
                "texts": .object(texts.mapValues { .string($0.hex) }),
                "facts": facts,
            ]).canonicalBytes
    }

    /// RFC 6962 §2.1: SHA-256 of 0x00 and the entry.
    package static func hash(of bytes: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: [0])
        hash.update(data: bytes)
        return Array(hash.finalize())
    }

    /// Reads an entry from its canonical bytes. Fails with `integrity` when they are not an entry.
    package init(canonicalBytes bytes: [UInt8]) throws {
        let json: JSONValue
        do { json = try JSONParser.parse(bytes) } catch { throw Self.damaged("is not JSON", cause: error) }
        guard json["format"]?.integerValue == Self.format, let sequence = json["sequence"]?.integerValue,
            let id = json["id"]?.stringValue, let milliseconds = json["time"]?.integerValue,
            let principal = json["principal"]?.stringValue.flatMap(PersonReference.init(stored:)),
            let action = json["action"]?.stringValue.flatMap(AuditAction.init(rawValue:)),
            let outcome = json["outcome"]?.stringValue.flatMap(AuditOutcome.init(rawValue:)),
            let people = json["people"]?.objectValue?.compactMapValues({ $0.stringValue.flatMap(PersonReference.init(stored:)) }),
            let texts = json["texts"]?.objectValue?.compactMapValues({ $0.stringValue.flatMap(AuditCommitment.init(hex:)) }),
            let facts = json["facts"]
        else { throw Self.damaged("lacks a field or has one of a later format") }
        // What the draft holds of people and texts has no part in the leaf: the references do.
        let draft = AuditDraft(
            id: id, time: Timestamp(milliseconds: milliseconds), principal: .system("log"), action: action, outcome: outcome,
            model: try json["model"]?.stringValue.map { try ModelName($0) },
            version: try json["version"]?.integerValue.map { try VersionNumber($0) }, facts: facts)
        self.init(draft, sequence: sequence, principal: principal, people: people, texts: texts)
        guard canonicalBytes == bytes else { throw Self.damaged("is not in canonical form") }
    }

    static func damaged(_ what: String, sequence: Int64? = nil, cause: (any Error)? = nil) -> GatehouseError {
        GatehouseError(
            .integrity, "The audit entry\(sequence.map { " \($0)" } ?? "") \(what).",
            hint: "The database was changed by another program: compare it with a backup of the data folder.", cause: cause)
    }
}
