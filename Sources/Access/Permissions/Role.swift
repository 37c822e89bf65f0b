/// What a person or program is trusted with. The raw value is what is stored, typed and sent.
package enum Role: String, Sendable, CaseIterable {
    /// Reads everything but secrets and the audit log.
    case viewer
    /// Logs experiments and runs, registers versions, sets descriptions, tags and unprotected aliases.
    case registrant
    /// Moves versions between None, Staging and Archived, and deletes what no slot holds.
    case stagingManager = "staging-manager"
    /// Answers for a promotion.
    case reviewer
    /// Rolls back, and nothing else.
    case `operator`
    /// Asks for and carries out moves into and out of Production.
    case productionManager = "production-manager"
    /// Writes policies, datasets and feature pipelines.
    case policyOwner = "policy-owner"
    /// Reads everything and the audit log.
    case auditor
    /// Of gateways: fetches routes and the models in them, ships records of what was served. Reads nothing else.
    case gateway
    /// Everything, users and tokens included.
    case admin

    /// Whether a grant of it may be narrowed to an environment or a segment: its deeds happen in one slot.
    package var isHeldPerSlot: Bool {
        switch self {
        case .productionManager, .operator: true
        case .viewer, .registrant, .stagingManager, .reviewer, .policyOwner, .auditor, .gateway, .admin: false
        }
    }
}
