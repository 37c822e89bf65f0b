package import GatehouseCore
package import Storage

/// An edit of a high-stakes policy that waits for a second person. It never changes: another edit is another proposal.
package struct PolicyProposal: Sendable, Equatable {
    package static let openDaysMax: Int64 = 14

    package enum State: String, Sendable, CaseIterable { case open, approved, withdrawn, expired, overtaken }

    package let id: String
    package let pattern: String
    /// The version that was newest when it was proposed; nil: there was none.
    package let base: VersionNumber?
    /// Of the canonical policy: what an approval names.
    package let digest: Digest
    package let text: String
    package let proposedBy: Principal
    package let proposed: Timestamp
    package let expires: Timestamp
    package let decidedBy: Principal?
    package let decided: Timestamp?
    /// The policy version that it became.
    package let applied: VersionNumber?
    let isWithdrawn: Bool

    /// `newest` is the policy's newest version now.
    package func state(at now: Timestamp, newest: VersionNumber?) -> State {
        if applied != nil { return .approved }
        if isWithdrawn { return .withdrawn }
        if newest != base { return .overtaken }
        return now >= expires ? .expired : .open
    }
}

extension SQLTransaction {
    package func policyProposal(id: String) throws -> PolicyProposal? {
        try first("SELECT * FROM policy_proposal WHERE id = \(id)", PolicyProposal.init(row:))
    }

    /// Newest first.
    package func policyProposals(of pattern: String? = nil, limit: Int = 100) throws -> [PolicyProposal] {
        let one: SQLStatement = pattern.map { "WHERE pattern = \($0)" } ?? ""
        return try rows(
            "SELECT * FROM policy_proposal \(one) ORDER BY proposed_at DESC, id DESC LIMIT \(min(max(limit, 1), 1000))",
            PolicyProposal.init(row:))
    }

    /// Who approved a policy version as the second person; nil where it took none.
    package func policyApprover(of pattern: String, _ number: VersionNumber) throws -> Principal? {
        try first(
            """
            SELECT decided_by FROM policy_proposal WHERE pattern = \(pattern) AND applied_number = \(number) LIMIT 1
            """
        ) { Principal(stored: try $0.text("decided_by")) }
    }

    func insert(_ proposal: PolicyProposal) throws {
        try execute(
            """
            INSERT INTO policy_proposal (id, pattern, base_number, digest, text, proposed_by, proposed_at, expires_at, state)
            VALUES (\(proposal.id), \(proposal.pattern), \(proposal.base), \(proposal.digest), \(proposal.text),
                \(proposal.proposedBy), \(proposal.proposed), \(proposal.expires), 'open')
            """)
    }

    /// Fails with `conflict` when it was decided already.
    func decidePolicyProposal(_ id: String, applied: VersionNumber?, by principal: Principal, at now: Timestamp) throws {
        let changed = try execute(
            """
            UPDATE policy_proposal SET state = \(applied == nil ? "withdrawn" : "approved"), decided_by = \(principal),
                decided_at = \(now), applied_number = \(applied)
            WHERE id = \(id) AND state = 'open'
            """)
        guard changed == 1 else { throw GatehouseError(.conflict, "The proposal \(id) is decided already.") }
    }
}

extension PolicyProposal {
    fileprivate init(row: SQLRow) throws {
        self.init(
            id: try row.text("id"), pattern: try row.text("pattern"),
            base: try row.optional("base_number") { try VersionNumber(row.integer($0)) }, digest: try row.digest("digest"),
            text: try row.text("text"), proposedBy: Principal(stored: try row.text("proposed_by")),
            proposed: try row.timestamp("proposed_at"), expires: try row.timestamp("expires_at"),
            decidedBy: try row.optional("decided_by", row.text).map { Principal(stored: $0) },
            decided: try row.optional("decided_at", row.timestamp),
            applied: try row.optional("applied_number") { try VersionNumber(row.integer($0)) },
            isWithdrawn: try row.text("state") == "withdrawn")
    }
}
