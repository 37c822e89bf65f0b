package import GatehouseCore

/// One decision or event: who, what, about which version, with which outcome and why. Immutable once appended, but for names
/// and texts that were forgotten on request: their commitments stay in the leaf.
package struct AuditEntry: Sendable, Hashable {
    package let leaf: AuditLeaf
    /// `user:erased-…` where the name was forgotten.
    package let principal: Principal
    package let people: [String: Principal]
    /// The free texts that are still there.
    package let texts: [String: String]

    package var sequence: Int64 { leaf.sequence }
    package var id: String { leaf.id }
    package var time: Timestamp { leaf.time }
    package var action: AuditAction { leaf.action }
    package var outcome: AuditOutcome { leaf.outcome }
    package var model: ModelName? { leaf.model }
    package var version: VersionNumber? { leaf.version }
    package var facts: JSONValue { leaf.facts }
    /// Why, in the words of the person or rule that decided; empty when none were given, or they were forgotten.
    package var reason: String { texts[AuditDraft.reasonName] ?? "" }
    /// The names of the texts that were given and then forgotten.
    package var erasedTexts: [String] { leaf.texts.keys.filter { texts[$0] == nil }.sorted() }
}

/// An audit entry before it has its place in the log.
package struct AuditDraft: Sendable, Hashable {
    static let reasonName = "reason"
    package static let textBytesMax = 65_535
    package static let textsMax = 64

    package var id: String
    package var time: Timestamp
    package var principal: Principal
    package var action: AuditAction
    package var outcome: AuditOutcome
    package var model: ModelName?
    package var version: VersionNumber?
    package var people: [String: Principal]
    package var texts: [String: String]
    package var facts: JSONValue

    package var reason: String {
        get { texts[Self.reasonName] ?? "" }
        set { texts[Self.reasonName] = newValue }
    }

    package init(
        id: String, time: Timestamp, principal: Principal, action: AuditAction, outcome: AuditOutcome = .recorded,
        model: ModelName? = nil, version: VersionNumber? = nil, reason: String = "", people: [String: Principal] = [:],
        texts: [String: String] = [:], facts: JSONValue = [:]
    ) {
        self.id = id
        self.time = time
        self.principal = principal
        self.action = action
        self.outcome = outcome
        self.model = model
        self.version = version
        self.people = people
        self.texts = texts
        self.facts = facts
        self.reason = reason
    }
}
