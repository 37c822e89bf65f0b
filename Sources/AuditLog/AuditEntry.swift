import Crypto
package import GatehouseCore

/// One decision or event: who, what, about which version, with which outcome and why. Immutable once appended.
package struct AuditEntry: Sendable, Hashable {
    /// The canonical bytes of an entry fit a 16-bit length, as tile-based transparency logs require.
    package static let bytesMax = 65_535
    static let format: Int64 = 1

    /// Position in the log from 1, without gaps: leaf `sequence - 1` of the Merkle tree.
    package let sequence: Int64
    package let id: String
    package let time: Timestamp
    package let principal: Principal
    package let action: AuditAction
    package let outcome: AuditOutcome
    package let model: ModelName?
    package let version: VersionNumber?
    /// Why, in the words of the person or rule that decided; empty when none were given.
    package let reason: String
    /// What else belongs to the decision. Large evidence stands here by its digest only.
    package let facts: JSONValue

    init(_ draft: AuditDraft, sequence: Int64) {
        self.sequence = sequence
        id = draft.id
        time = draft.time
        principal = draft.principal
        action = draft.action
        outcome = draft.outcome
        model = draft.model
        version = draft.version
        reason = draft.reason
        facts = draft.facts
    }

    package var json: JSONValue {
        .object([
            "format": .integer(Self.format),
            "sequence": .integer(sequence),
            "id": .string(id),
            "time": .integer(time.milliseconds),
            "principal": .string(principal.text),
            "action": .string(action.rawValue),
            "outcome": .string(outcome.rawValue),
            "model": model.map { .string($0.text) } ?? .null,
            "version": version.map { .integer($0.value) } ?? .null,
            "reason": .string(reason),
            "facts": facts,
        ])
    }

    /// The bytes that are stored and hashed.
    package var canonicalBytes: [UInt8] { json.canonicalBytes }

    /// RFC 6962 §2.1: SHA-256 of 0x00 and the entry.
    package static func leafHash(of bytes: [UInt8]) -> [UInt8] {
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
            let principal = json["principal"]?.stringValue,
            let action = json["action"]?.stringValue.flatMap(AuditAction.init(rawValue:)),
            let outcome = json["outcome"]?.stringValue.flatMap(AuditOutcome.init(rawValue:)),
            let reason = json["reason"]?.stringValue, let facts = json["facts"]
        else { throw Self.damaged("lacks a field or has one of a later format") }
        let draft = AuditDraft(
            id: id, time: Timestamp(milliseconds: milliseconds), principal: Principal(stored: principal), action: action,
            outcome: outcome, model: try json["model"]?.stringValue.map { try ModelName($0) },
            version: try json["version"]?.integerValue.map { try VersionNumber($0) }, reason: reason, facts: facts)
        self.init(draft, sequence: sequence)
        guard canonicalBytes == bytes else { throw Self.damaged("is not in canonical form") }
    }

    static func damaged(_ what: String, sequence: Int64? = nil, cause: (any Error)? = nil) -> GatehouseError {
        GatehouseError(
            .integrity, "The audit entry\(sequence.map { " \($0)" } ?? "") \(what).",
            hint: "The database was changed by another program: compare it with a backup of the data folder.", cause: cause)
    }
}

/// An audit entry before it has its place in the log.
package struct AuditDraft: Sendable, Hashable {
    package var id: String
    package var time: Timestamp
    package var principal: Principal
    package var action: AuditAction
    package var outcome: AuditOutcome
    package var model: ModelName?
    package var version: VersionNumber?
    package var reason: String
    package var facts: JSONValue

    package init(
        id: String, time: Timestamp, principal: Principal, action: AuditAction, outcome: AuditOutcome = .recorded,
        model: ModelName? = nil, version: VersionNumber? = nil, reason: String = "", facts: JSONValue = [:]
    ) {
        self.id = id
        self.time = time
        self.principal = principal
        self.action = action
        self.outcome = outcome
        self.model = model
        self.version = version
        self.reason = reason
        self.facts = facts
    }
}
