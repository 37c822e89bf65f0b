import GatehouseCore

/// An edit that waits for a second person.
package struct PolicyProposalAnswer: Codable, Sendable {
    package let id: String
    /// `open`, `approved`, `withdrawn`, `expired` or `overtaken`.
    package let state: String
    /// A model's name or a pattern.
    package let model: String
    package let baseVersion: Int64?
    package let digest: String
    package let yaml: String
    package let proposedBy: String
    package let proposedAt: String
    package let expiresAt: String
    package let decidedBy: String?
    package let decidedAt: String?
    package let appliedVersion: Int64?
    package let changes: [PolicyChangeAnswer]

    package init(
        id: String, state: String, model: String, baseVersion: Int64?, digest: String, yaml: String, proposedBy: String,
        proposedAt: String, expiresAt: String, decidedBy: String?, decidedAt: String?, appliedVersion: Int64?,
        changes: [PolicyChangeAnswer]
    ) {
        self.id = id
        self.state = state
        self.model = model
        self.baseVersion = baseVersion
        self.digest = digest
        self.yaml = yaml
        self.proposedBy = proposedBy
        self.proposedAt = proposedAt
        self.expiresAt = expiresAt
        self.decidedBy = decidedBy
        self.decidedAt = decidedAt
        self.appliedVersion = appliedVersion
        self.changes = changes
    }

    enum CodingKeys: String, CodingKey {
        case id, state, model, digest, yaml, changes
        case baseVersion = "base_version"
        case proposedBy = "proposed_by"
        case proposedAt = "proposed_at"
        case expiresAt = "expires_at"
        case decidedBy = "decided_by"
        case decidedAt = "decided_at"
        case appliedVersion = "applied_version"
    }
}

/// One difference between two policies, and whether it asks for more or for less.
package struct PolicyChangeAnswer: Codable, Sendable {
    package let path: String
    package let old: String?
    package let new: String?
    /// `looser`, `stricter` or `neutral`.
    package let effect: String

    package init(path: String, old: String?, new: String?, effect: String) {
        self.path = path
        self.old = old
        self.new = new
        self.effect = effect
    }
}

/// Approves the proposal with this digest and no other.
package struct ApprovePolicyCall: Codable, Sendable {
    package let digest: String
    package init(digest: String) { self.digest = digest }
}

package struct ConfirmPolicyCall: Codable, Sendable {
    /// A model's name or a pattern.
    package let model: String
    package let reason: String
    package let until: String?

    package init(model: String, reason: String, until: String?) {
        self.model = model
        self.reason = reason
        self.until = until
    }
}

package struct PolicyConfirmationAnswer: Codable, Sendable {
    package let policy: String
    package let confirmedBy: String
    package let confirmedAt: String
    package let until: String

    package init(policy: String, confirmedBy: String, confirmedAt: String, until: String) {
        self.policy = policy
        self.confirmedBy = confirmedBy
        self.confirmedAt = confirmedAt
        self.until = until
    }

    enum CodingKeys: String, CodingKey {
        case policy, until
        case confirmedBy = "confirmed_by"
        case confirmedAt = "confirmed_at"
    }
}

package struct BacktestCall: Codable, Sendable {
    package let yaml: String
    package let model: String?
    package let limit: Int64?

    package init(yaml: String, model: String?, limit: Int64?) {
        self.yaml = yaml
        self.model = model
        self.limit = limit
    }
}

/// What the past says about a draft. Nothing was measured.
package struct BacktestAnswer: Codable, Sendable {
    package let model: String
    package let digest: String
    package let versions: [BacktestVersionAnswer]

    package init(model: String, digest: String, versions: [BacktestVersionAnswer]) {
        self.model = model
        self.digest = digest
        self.versions = versions
    }
}

package struct BacktestVersionAnswer: Codable, Sendable {
    package let version: Int64
    package let evaluationID: String
    package let policy: String
    package let finishedAt: String
    package let passed: Bool
    /// `pass`, `fail` or `undecided`.
    package let outcome: String
    package let checks: [BacktestCheckAnswer]

    package init(
        version: Int64, evaluationID: String, policy: String, finishedAt: String, passed: Bool, outcome: String,
        checks: [BacktestCheckAnswer]
    ) {
        self.version = version
        self.evaluationID = evaluationID
        self.policy = policy
        self.finishedAt = finishedAt
        self.passed = passed
        self.outcome = outcome
        self.checks = checks
    }

    enum CodingKeys: String, CodingKey {
        case version, policy, passed, outcome, checks
        case evaluationID = "evaluation_id"
        case finishedAt = "finished_at"
    }
}

package struct BacktestCheckAnswer: Codable, Sendable {
    package let name: String
    package let was: String?
    /// Nil, with the reason, where it cannot be told without measuring.
    package let would: String?
    package let reason: String?

    package init(name: String, was: String?, would: String?, reason: String?) {
        self.name = name
        self.was = was
        self.would = would
        self.reason = reason
    }
}
