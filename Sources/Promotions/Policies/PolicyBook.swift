package import GatehouseCore
package import Gates
package import Registry
package import Storage

/// The policy in force for a model, with the digest that evaluations and decisions are bound to.
package struct PolicyInForce: Sendable {
    package let policy: Policy
    /// `credit-risk@3`, or `default` where nobody applied one.
    package let reference: String
    package let digest: Digest
    /// Who wrote this version and, where it took a second person, who approved it: neither reviews what it lets in. Nobody
    /// where it is the server's default.
    package var editors: [Principal] = []
    /// Since when it is in force; nil where it is the server's default.
    package var applied: Timestamp?
    /// Nil where it is the server's default.
    package var version: PolicyVersion?
}

/// Finds the policy in force: the one applied for the model's name, else for the pattern that fits best, else the
/// server's default.
package struct PolicyBook: Sendable {
    /// What a model without a policy lives under.
    package enum Default: Sendable {
        /// The shipped policy: five gates and one reviewer, with this enforcement.
        case shipped(PolicyEnforcement)
        case policy(Policy)
    }

    private let fallback: Default

    package init(default fallback: Default) { self.fallback = fallback }

    package func policy(for model: ModelName, _ tx: SQLTransaction) throws -> PolicyInForce {
        guard let applied = try tx.governingPolicy(of: model) else { return defaultPolicy(for: model) }
        let policy = try PolicyParser.parse(applied.text, file: applied.reference)
        let approver = try tx.policyApprover(of: applied.pattern, applied.number)
        return PolicyInForce(
            policy: policy, reference: applied.reference, digest: applied.digest,
            editors: [applied.appliedBy] + (approver.map { [$0] } ?? []), applied: applied.applied, version: applied)
    }

    /// Whether the model lives under rules at all: `warn` records what they say, `off` does not ask.
    package func isEnforcing(for model: ModelName, _ tx: SQLTransaction) throws -> Bool {
        try policy(for: model, tx).policy.enforcement != .off
    }

    package func defaultPolicy(for model: ModelName) -> PolicyInForce {
        var policy: Policy
        switch fallback {
        case .shipped(let enforcement):
            policy = Policy.shippedDefault(for: model.text)
            policy.enforcement = enforcement
        case .policy(let given):
            policy = given
        }
        return PolicyInForce(policy: policy, reference: "default", digest: .sha256(of: policy.json.canonicalBytes), version: nil)
    }

    /// Of the policy that holds where nobody applied one.
    var defaultStakes: Policy.Stakes {
        switch fallback {
        case .shipped: .normal
        case .policy(let policy): policy.stakes
        }
    }
}
