/// What an audit entry is about. The raw value is stored and hashed: a released name never changes.
package enum AuditAction: String, Sendable, CaseIterable {
    case modelCreated = "model.created"
    case modelUpdated = "model.updated"
    case modelRenamed = "model.renamed"
    case modelDeleted = "model.deleted"
    case modelImported = "model.imported"
    case versionRegistered = "version.registered"
    case versionUpdated = "version.updated"
    case versionDeleted = "version.deleted"
    case versionImported = "version.imported"
    case tagSet = "tag.set"
    case tagDeleted = "tag.deleted"
    case aliasSet = "alias.set"
    case aliasDeleted = "alias.deleted"
    case artifactSealed = "artifact.sealed"
    case blobsCollected = "blobs.collected"
    case datasetAdded = "dataset.added"
    case pipelineAdded = "pipeline.added"
    case pipelineActivated = "pipeline.activated"
    case policyApplied = "policy.applied"
    case evidencePosted = "evidence.posted"
    case attestationRecorded = "attestation.recorded"
    case evaluationStarted = "evaluation.started"
    case evaluationFinished = "evaluation.finished"
    case promotionRequested = "promotion.requested"
    case transitionGranted = "transition.granted"
    case transitionRefused = "transition.refused"
    case slotAdopted = "slot.adopted"
    case rollbackPerformed = "rollback.performed"
    case tokenCreated = "token.created"
    case tokenRevoked = "token.revoked"
    case userCreated = "user.created"
    case userRemoved = "user.removed"
    case passwordChanged = "password.changed"
    case grantAdded = "grant.added"
    case grantRemoved = "grant.removed"
    case sessionStarted = "session.started"
    case sessionEnded = "session.ended"
    case webhookCreated = "webhook.created"
    case webhookUpdated = "webhook.updated"
    case webhookDeleted = "webhook.deleted"
}

/// Whether something was asked for and decided, or simply happened.
package enum AuditOutcome: String, Sendable, CaseIterable {
    case granted
    case refused
    case recorded
}
