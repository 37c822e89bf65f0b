package import GatehouseCore

/// One immutable edit of the rules for a model, or for all models that a name pattern matches.
package struct PolicyVersion: Sendable, Hashable {
    /// A model's name, or a pattern with `*`.
    package let pattern: String
    package let number: VersionNumber
    package let digest: Digest
    /// The document as it was written, comments included.
    package let text: String
    /// The same as canonical JSON, for those who do not read YAML.
    package let document: JSONValue
    package let appliedBy: Principal
    package let applied: Timestamp

    package var reference: String { "\(pattern)@\(number)" }
}
