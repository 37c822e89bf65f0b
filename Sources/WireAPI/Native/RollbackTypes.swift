import GatehouseCore

package struct RollbackCall: Codable, Sendable {
    /// Nil: the version that was active before the present one.
    package let to: Int64?
    package let environment: String?
    package let segment: String?
    package let reason: String
    package let idempotencyKey: String?

    package init(to: Int64?, environment: String?, segment: String?, reason: String, idempotencyKey: String?) {
        self.to = to
        self.environment = environment
        self.segment = segment
        self.reason = reason
        self.idempotencyKey = idempotencyKey
    }

    enum CodingKeys: String, CodingKey {
        case to, environment, segment, reason
        case idempotencyKey = "idempotency_key"
    }
}

/// A version that came into Production past its gates, and the review that this opened.
package struct AfterReviewAnswer: Codable, Sendable {
    package let id: String
    /// `rollback` or `break_glass`.
    package let kind: String
    package let state: String
    package let modelName: String
    /// What is active in the slot since.
    package let modelVersion: Int64
    /// What was active in it until then.
    package let previousVersion: Int64?
    package let slot: String
    package let actedBy: String
    package let secondedBy: String?
    package let reason: String
    package let incident: String?
    package let openedAt: String
    package let auditSequence: Int64
    package let closedBy: String?
    package let closedAt: String?
    package let finding: String?

    package init(
        id: String, kind: String, state: String, modelName: String, modelVersion: Int64, previousVersion: Int64?, slot: String,
        actedBy: String, secondedBy: String?, reason: String, incident: String?, openedAt: String, auditSequence: Int64,
        closedBy: String?, closedAt: String?, finding: String?
    ) {
        self.id = id
        self.kind = kind
        self.state = state
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.previousVersion = previousVersion
        self.slot = slot
        self.actedBy = actedBy
        self.secondedBy = secondedBy
        self.reason = reason
        self.incident = incident
        self.openedAt = openedAt
        self.auditSequence = auditSequence
        self.closedBy = closedBy
        self.closedAt = closedAt
        self.finding = finding
    }

    enum CodingKeys: String, CodingKey {
        case id, kind, state, slot, reason, incident, finding
        case modelName = "model_name"
        case modelVersion = "model_version"
        case previousVersion = "previous_version"
        case actedBy = "acted_by"
        case secondedBy = "seconded_by"
        case openedAt = "opened_at"
        case auditSequence = "audit_sequence"
        case closedBy = "closed_by"
        case closedAt = "closed_at"
    }
}

package struct FindingCall: Codable, Sendable {
    package let finding: String
    package init(finding: String) { self.finding = finding }
}
