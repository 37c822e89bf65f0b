import GatehouseCore

/// Asks to waive one check of one version.
package struct WaiverCall: Codable, Sendable {
    package let check: String
    package let days: Int
    package let reason: String

    package init(check: String, days: Int, reason: String) {
        self.check = check
        self.days = days
        self.reason = reason
    }
}

package struct WaiverAnswer: Codable, Sendable {
    package let id: String
    package let modelName: String
    package let modelVersion: Int64
    package let check: String
    /// What the check said when the waiver was asked for.
    package let verdict: String
    /// `requested`, `active`, `expired`, `revoked` or `void`.
    package let state: String
    /// Why it is void.
    package let voidReason: String?
    package let reason: String
    package let evaluationID: String
    package let artifactDigest: String
    package let requestedBy: String
    package let requestedAt: String
    package let approvals: [WaiverApprovalAnswer]
    package let approvalsRequired: Int
    package let activeSince: String?
    package let expiresAt: String
    package let revokedBy: String?
    package let revokedAt: String?
    package let auditSequence: Int64

    package init(
        id: String, modelName: String, modelVersion: Int64, check: String, verdict: String, state: String, voidReason: String?,
        reason: String, evaluationID: String, artifactDigest: String, requestedBy: String, requestedAt: String,
        approvals: [WaiverApprovalAnswer], approvalsRequired: Int, activeSince: String?, expiresAt: String, revokedBy: String?,
        revokedAt: String?, auditSequence: Int64
    ) {
        self.id = id
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.check = check
        self.verdict = verdict
        self.state = state
        self.voidReason = voidReason
        self.reason = reason
        self.evaluationID = evaluationID
        self.artifactDigest = artifactDigest
        self.requestedBy = requestedBy
        self.requestedAt = requestedAt
        self.approvals = approvals
        self.approvalsRequired = approvalsRequired
        self.activeSince = activeSince
        self.expiresAt = expiresAt
        self.revokedBy = revokedBy
        self.revokedAt = revokedAt
        self.auditSequence = auditSequence
    }

    enum CodingKeys: String, CodingKey {
        case id, check, verdict, state, reason, approvals
        case modelName = "model_name"
        case modelVersion = "model_version"
        case voidReason = "void_reason"
        case evaluationID = "evaluation_id"
        case artifactDigest = "artifact_digest"
        case requestedBy = "requested_by"
        case requestedAt = "requested_at"
        case approvalsRequired = "approvals_required"
        case activeSince = "active_since"
        case expiresAt = "expires_at"
        case revokedBy = "revoked_by"
        case revokedAt = "revoked_at"
        case auditSequence = "audit_sequence"
    }
}

package struct WaiverApprovalAnswer: Codable, Sendable {
    package let by: String
    package let at: String
    package let auditSequence: Int64

    package init(by: String, at: String, auditSequence: Int64) {
        self.by = by
        self.at = at
        self.auditSequence = auditSequence
    }

    enum CodingKeys: String, CodingKey {
        case by, at
        case auditSequence = "audit_sequence"
    }
}

/// Words that go with a decision.
package struct ApproveWaiverCall: Codable, Sendable {
    package let comment: String?
    package init(comment: String?) { self.comment = comment }
}

/// A decision that needs a reason.
package struct ReasonCall: Codable, Sendable {
    package let reason: String
    package init(reason: String) { self.reason = reason }
}
