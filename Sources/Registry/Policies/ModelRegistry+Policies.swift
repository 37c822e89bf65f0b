import AuditLog
package import GatehouseCore
package import Storage

extension ModelRegistry {
    /// As much as the reader of policies takes.
    package static let policyBytesMax = 256 * 1024

    /// Makes a checked document the policy of a model or pattern. The same document as the current one gives the current
    /// version; an older one applied again is a new version. Fails with `invalidArgument`, `tooLarge`, and with `conflict`
    /// when `expecting` is given and somebody else's version is current.
    package func applyPolicy(
        _ pattern: String, text: String, document: JSONValue, digest: Digest, expecting: VersionNumber? = nil,
        by principal: Principal
    ) async throws -> PolicyVersion {
        try await store.write { tx in
            try applyPolicy(
                pattern, text: text, document: document, digest: digest, expecting: expecting, by: principal, in: tx)
        }
    }

    /// The same in the caller's transaction. `approver` is the second person, where it took one.
    package func applyPolicy(
        _ pattern: String, text: String, document: JSONValue, digest: Digest, expecting: VersionNumber? = nil,
        approvedBy approver: Principal? = nil, by principal: Principal, in tx: SQLTransaction
    ) throws -> PolicyVersion {
        try PolicyPattern.check(pattern)
        try Self.check(text, bytesMax: Self.policyBytesMax, what: "The policy")
        let current = try tx.policy(pattern)
        if let current, current.digest == digest { return current }
        if let expecting, expecting != current?.number {
            throw GatehouseError(
                .conflict,
                "The policy of '\(pattern)' is at version \(current?.number.description ?? "none"), not \(expecting).",
                hint: "Look at what changed: gatehouse policy diff \(pattern)")
        }
        let policy = try tx.insertPolicy(pattern, digest: digest, text: text, document: document, by: principal, at: now())
        try record(
            .policyApplied, in: tx, by: principal, model: try? ModelName(pattern),
            people: approver.map { ["approved_by": $0] } ?? [:],
            facts: [
                "policy": .string(policy.reference), "digest": .string(digest.description),
                "previous": current.map { .string($0.reference) } ?? .null, "four_eyes": .bool(approver != nil),
            ])
        return policy
    }
}
