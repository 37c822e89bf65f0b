import AuditLog
package import GatehouseCore

/// Where a version was copied from, as the entry about it tells.
package struct CopyAccount: Sendable, Equatable {
    package let kind: String
    package let registry: String
    package let model: String
    package let version: String
    package let firstRegistry: String
    package let firstVersion: String
    /// `verified` or `not_verified`, as it was when the copy came.
    package let verification: String
    package let reason: String

    /// Nil for an entry about something else.
    init?(_ entry: AuditEntry) {
        let facts = entry.facts
        guard entry.action == .versionCopied, let kind = facts["source_kind"]?.stringValue,
            let registry = facts["source_registry"]?.stringValue, let model = facts["source_model"]?.stringValue,
            let version = facts["source_version"]?.stringValue
        else { return nil }
        self.kind = kind
        self.registry = registry
        self.model = model
        self.version = version
        firstRegistry = facts["first_registry"]?.stringValue ?? registry
        firstVersion = facts["first_version"]?.stringValue ?? version
        verification = facts["verification"]?["state"]?.stringValue ?? "not_verified"
        reason = facts["verification"]?["reason"]?.stringValue ?? ""
    }

    package var words: String { "\(model) v\(version) of \(registry)" }

    package var json: JSONValue {
        [
            "source_kind": .string(kind), "source_registry": .string(registry), "source_model": .string(model),
            "source_version": .string(version), "first_registry": .string(firstRegistry),
            "first_version": .string(firstVersion), "verification": .string(verification), "reason": .string(reason),
        ]
    }
}
