import GatehouseCore

package struct BreakGlassCall: Codable, Sendable {
    package let incident: String?
    package let reason: String?
    package let environment: String?
    package let segment: String?

    package init(incident: String?, reason: String?, environment: String?, segment: String?) {
        self.incident = incident
        self.reason = reason
        self.environment = environment
        self.segment = segment
    }
}

package struct BreakGlassAnswer: Codable, Sendable {
    package let id: String
    /// `requested`, `expired` or `used`.
    package let state: String
    package let modelName: String
    package let modelVersion: Int64
    package let slot: String
    package let reason: String
    package let incident: String
    package let artifactDigest: String
    package let requestedBy: String
    package let requestedAt: String
    package let expiresAt: String
    package let secondedBy: String?
    package let usedAt: String?
    package let auditSequence: Int64?
    /// The review after the fact; nil until it was used.
    package let review: AfterReviewAnswer?

    package init(
        id: String, state: String, modelName: String, modelVersion: Int64, slot: String, reason: String, incident: String,
        artifactDigest: String, requestedBy: String, requestedAt: String, expiresAt: String, secondedBy: String?,
        usedAt: String?, auditSequence: Int64?, review: AfterReviewAnswer?
    ) {
        self.id = id
        self.state = state
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.slot = slot
        self.reason = reason
        self.incident = incident
        self.artifactDigest = artifactDigest
        self.requestedBy = requestedBy
        self.requestedAt = requestedAt
        self.expiresAt = expiresAt
        self.secondedBy = secondedBy
        self.usedAt = usedAt
        self.auditSequence = auditSequence
        self.review = review
    }

    enum CodingKeys: String, CodingKey {
        case id, state, slot, reason, incident, review
        case modelName = "model_name"
        case modelVersion = "model_version"
        case artifactDigest = "artifact_digest"
        case requestedBy = "requested_by"
        case requestedAt = "requested_at"
        case expiresAt = "expires_at"
        case secondedBy = "seconded_by"
        case usedAt = "used_at"
        case auditSequence = "audit_sequence"
    }
}
