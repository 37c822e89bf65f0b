/// What a person or program is trusted with. The raw value is what is stored, typed and sent.
package enum Role: String, Sendable, CaseIterable {
    /// Reads everything but secrets.
    case viewer
    /// Logs experiments and runs, registers versions, sets descriptions, tags and unprotected aliases.
    case registrant
    /// Moves versions between None, Staging and Archived.
    case stagingManager = "staging-manager"
    /// Answers for a promotion.
    case reviewer
    /// Asks for and carries out moves into and out of Production.
    case productionManager = "production-manager"
    /// Rolls back, and nothing else.
    case `operator`
    /// Writes policies, datasets and feature pipelines.
    case policyOwner = "policy-owner"
    /// Reads everything and the audit log.
    case auditor
    /// Everything, users and tokens included.
    case admin
}
