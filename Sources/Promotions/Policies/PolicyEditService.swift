package import Access
import AuditLog
package import GatehouseCore
package import Gates
package import Registry
package import Storage

/// What became of an edit.
package enum PolicyEdit: Sendable {
    case applied(PolicyVersion)
    /// A second person has to approve it.
    case proposed(PolicyProposal)
}

/// Applies policies: parsed first, so that what is stored can always be read back. Where the stakes are high an edit is a
/// proposal until another policy-owner approves it.
package struct PolicyEditService: Sendable {
    private let registry: ModelRegistry
    private let transitions: TransitionService

    var store: any SQLStore { transitions.store }
    var now: @Sendable () -> Timestamp { transitions.now }
    var ids: @Sendable () -> String { transitions.ids }

    package init(registry: ModelRegistry, transitions: TransitionService) {
        self.registry = registry
        self.transitions = transitions
    }

    /// The same document again gives the version that is there, or the proposal that waits. Fails with `invalidArgument`
    /// listing every problem, and with `forbidden` when the caller may not write policies for these models.
    package func apply(_ yaml: String, by caller: Caller) async throws -> PolicyEdit {
        let policy = try Self.parse(yaml)
        try caller.require(.editPolicy(pattern: policy.model))
        return try await transitions.store.write { tx in
            let digest = Digest.sha256(of: policy.canonicalBytes)
            let current = try tx.policy(policy.model)
            if let current, current.digest == digest { return .applied(current) }
            guard try transitions.policies.takesTwo(policy, current: current, tx) else {
                return .applied(
                    try registry.applyPolicy(
                        policy.model, text: yaml, document: policy.json, digest: digest, by: caller.principal, in: tx))
            }
            return .proposed(try propose(policy, yaml, digest, base: current, by: caller.principal, tx))
        }
    }

    private func propose(
        _ policy: Policy, _ yaml: String, _ digest: Digest, base: PolicyVersion?, by principal: Principal, _ tx: SQLTransaction
    ) throws -> PolicyProposal {
        try ModelRegistry.check(yaml, bytesMax: ModelRegistry.policyBytesMax, what: "The policy")
        let now = transitions.now()
        let waiting = try tx.policyProposals(of: policy.model).first {
            $0.digest == digest && $0.state(at: now, newest: base?.number) == .open
        }
        if let waiting { return waiting }
        let proposal = PolicyProposal(
            id: "pp_" + transitions.ids(), pattern: policy.model, base: base?.number, digest: digest, text: yaml,
            proposedBy: principal, proposed: now, expires: now.adding(.seconds(PolicyProposal.openDaysMax * 86_400)),
            decidedBy: nil, decided: nil, applied: nil, isWithdrawn: false)
        try tx.insert(proposal)
        try tx.append(entry(.policyProposed, proposal, principal, at: now))
        return proposal
    }

    /// Puts a proposal in force. `digest` is that of the policy the approver has read. Fails with `conflict` when it is another
    /// one, or when the proposal is decided, over or overtaken; with `forbidden` for whoever proposed it and for machines,
    /// which is recorded as a refusal.
    package func approve(_ id: String, digest: Digest, by caller: Caller) async throws -> PolicyVersion {
        try await transitions.store.decide { tx in
            let proposal = try required(id, tx)
            try caller.require(.editPolicy(pattern: proposal.pattern))
            let now = transitions.now()
            try requireOpen(proposal, at: now, tx)
            var draft = entry(.policyProposalApproved, proposal, caller.principal, at: now)
            let parties = try tx.people(behind: proposal.proposedBy).map { Quorum.Party(.author, $0) }
            let quorum = Quorum(required: 1, parties: parties)
            if let objection = quorum.objection(to: caller.principal) {
                draft.outcome = .refused
                draft.note(["missing": [.string(quorum.words(objection))]])
                try tx.append(draft)
                return .failure(quorum.refusal(of: caller.principal, objection, to: "approve the proposal \(id)"))
            }
            let policy = try Self.parse(proposal.text)
            guard Digest.sha256(of: policy.canonicalBytes) == proposal.digest, policy.model == proposal.pattern else {
                throw GatehouseError(.integrity, "The text of the proposal \(id) is not the one that was proposed.")
            }
            guard digest == proposal.digest else {
                draft.outcome = .refused
                draft.note(["missing": ["the digest of the policy that was proposed"]])
                try tx.append(draft)
                return .failure(
                    GatehouseError(
                        .conflict, "The proposal \(id) has the digest \(proposal.digest), not the one that was approved.",
                        hint: "Read what it changes: gatehouse policy proposal \(id)"))
            }
            draft.outcome = .granted
            try tx.append(draft)
            let applied = try registry.applyPolicy(
                proposal.pattern, text: proposal.text, document: policy.json, digest: proposal.digest,
                approvedBy: caller.principal, by: proposal.proposedBy, in: tx)
            try tx.decidePolicyProposal(id, applied: applied.number, by: caller.principal, at: now)
            return .success(applied)
        }
    }

    /// What a proposal changes in the version that it was proposed against; in the server's default where there was none.
    package func changes(of proposal: PolicyProposal, _ tx: SQLTransaction) throws -> [PolicyChange] {
        let new = try Self.parse(proposal.text)
        guard let base = try proposal.base.flatMap({ try tx.policy(proposal.pattern, $0) }) else {
            let name = try ModelName(proposal.pattern.replacing("*", with: "x"))
            return PolicyDiff.changes(from: try transitions.policies.policy(for: name, tx).policy, to: new)
        }
        return PolicyDiff.changes(from: try Self.parse(base.text), to: new)
    }

    /// Takes a proposal back. Any policy-owner may.
    package func withdraw(_ id: String, by caller: Caller) async throws -> PolicyProposal {
        try await transitions.store.write { tx in
            let proposal = try required(id, tx)
            try caller.require(.editPolicy(pattern: proposal.pattern))
            let now = transitions.now()
            try tx.append(entry(.policyProposalWithdrawn, proposal, caller.principal, at: now))
            try tx.decidePolicyProposal(id, applied: nil, by: caller.principal, at: now)
            return try required(id, tx)
        }
    }

    private func requireOpen(_ proposal: PolicyProposal, at now: Timestamp, _ tx: SQLTransaction) throws {
        let newest = try tx.policy(proposal.pattern)?.number
        let state = proposal.state(at: now, newest: newest)
        switch state {
        case .open: break
        case .overtaken:
            throw GatehouseError(
                .conflict, "The policy of '\(proposal.pattern)' changed since \(proposal.id) was proposed.",
                hint: "Propose it again, so that what it changes is what the second person reads.")
        case .approved, .withdrawn, .expired:
            throw GatehouseError(.conflict, "The proposal \(proposal.id) is \(state.rawValue).")
        }
    }

    private func required(_ id: String, _ tx: SQLTransaction) throws -> PolicyProposal {
        guard let proposal = try tx.policyProposal(id: id) else {
            throw GatehouseError(.notFound, "There is no proposal '\(id.prefix(80))'.", hint: "gatehouse policy proposals")
        }
        return proposal
    }

    private func entry(
        _ action: AuditAction, _ proposal: PolicyProposal, _ principal: Principal, at now: Timestamp
    ) -> AuditDraft {
        AuditDraft(
            id: transitions.ids(), time: now, principal: principal, action: action, model: try? ModelName(proposal.pattern),
            people: ["proposed_by": proposal.proposedBy],
            facts: .object([
                "proposal": .string(proposal.id), "digest": .string(proposal.digest.description),
                "policy": .string(proposal.pattern), "base": proposal.base.map { .integer($0.value) } ?? .null,
            ]))
    }

    /// Fails with `invalidArgument` listing every problem.
    static func parse(_ yaml: String) throws -> Policy {
        do { return try PolicyParser.parse(yaml, file: "policy") } catch { throw error.error }
    }
}

extension PolicyBook {
    /// Whether an edit needs a second person: where the stakes are high in what it changes, or become so. The first policy for
    /// models that have none but the server's takes one person: it can only bind them more than nobody's rules did.
    func takesTwo(_ policy: Policy, current: PolicyVersion?, _ tx: SQLTransaction) throws -> Bool {
        if let current { return policy.stakes == .high || current.hasHighStakes }
        if policy.model.contains("*") {
            if defaultStakes == .high { return true }
            return try tx.policies(limit: SQLTransaction.policyPatternsMax).contains {
                $0.hasHighStakes && $0.pattern.contains("*") && ($0.pattern.overlaps(policy.model))
            }
        }
        let governing = try tx.governingPolicy(of: ModelName(policy.model))
        return governing.map { policy.stakes == .high || $0.hasHighStakes } ?? (defaultStakes == .high)
    }
}

extension PolicyVersion {
    var hasHighStakes: Bool { document["stakes"]?.stringValue == Policy.Stakes.high.rawValue }
}

extension String {
    /// Whether some name may match both patterns: neither what stands before their first stars nor what stands after their
    /// last ones keeps them apart. It may say so of two that no name matches, never the other way round.
    fileprivate func overlaps(_ other: String) -> Bool {
        func ends(_ pattern: String) -> (head: Substring, tail: Substring) {
            (
                pattern.prefix { $0 != "*" },
                pattern[(pattern.lastIndex(of: "*").map { pattern.index(after: $0) } ?? pattern.startIndex)...]
            )
        }
        let (mine, theirs) = (ends(self), ends(other))
        return (mine.head.hasPrefix(theirs.head) || theirs.head.hasPrefix(mine.head))
            && (mine.tail.hasSuffix(theirs.tail) || theirs.tail.hasSuffix(mine.tail))
    }
}
