import GatehouseCore

/// What can happen that somebody outside may subscribe to, as `entity.action`. The raw value is stored and sent: a released
/// name never changes.
package enum EventType: String, Sendable, CaseIterable, Comparable {
    case registeredModelCreated = "registered_model.created"
    case modelVersionCreated = "model_version.created"
    case modelVersionTagSet = "model_version_tag.set"
    case modelVersionTagDeleted = "model_version_tag.deleted"
    case modelVersionAliasCreated = "model_version_alias.created"
    case modelVersionAliasDeleted = "model_version_alias.deleted"
    case promptCreated = "prompt.created"
    case promptVersionCreated = "prompt_version.created"
    case promptTagSet = "prompt_tag.set"
    case promptTagDeleted = "prompt_tag.deleted"
    case promptVersionTagSet = "prompt_version_tag.set"
    case promptVersionTagDeleted = "prompt_version_tag.deleted"
    case promptAliasCreated = "prompt_alias.created"
    case promptAliasDeleted = "prompt_alias.deleted"
    /// MLflow's clients may subscribe to it. There are no budgets here, so it never happens.
    case budgetPolicyExceeded = "budget_policy.exceeded"

    // From here on ours: MLflow's clients have no names for them, so they are subscribed to over our own API only.
    case stageTransitioned = "model_version.stage_transitioned"
    case promotionApproved = "promotion.approved"
    case promotionBlocked = "promotion.blocked"
    case promotionRejected = "promotion.rejected"
    case rolloutStarted = "rollout.started"
    case webhookDisabled = "webhook.disabled"

    // From here on one per audit entry, whose action has the same name.
    case promotionRequested = "promotion.requested"
    case promotionWithdrawn = "promotion.withdrawn"
    case transitionRefused = "transition.refused"
    case rollbackPerformed = "rollback.performed"
    case evaluationStarted = "evaluation.started"
    case evaluationFinished = "evaluation.finished"
    case reviewRequested = "review.requested"
    case reviewApproved = "review.approved"
    case reviewRejected = "review.rejected"
    case reviewVoided = "review.voided"
    case reviewExpired = "review.expired"
    case reviewWithdrawn = "review.withdrawn"
    case reviewCommented = "review.commented"
    case waiverRequested = "waiver.requested"
    case waiverApproved = "waiver.approved"
    case waiverRevoked = "waiver.revoked"
    case breakGlassRequested = "break_glass.requested"
    case breakGlassUsed = "break_glass.used"
    case afterTheFactReviewed = "after_the_fact.reviewed"
    case policyProposed = "policy.proposed"
    case policyApplied = "policy.applied"
    case rolloutAdvanced = "rollout.advanced"
    case rolloutHeld = "rollout.held"
    case rolloutResumed = "rollout.resumed"
    case rolloutNeedsHuman = "rollout.needs_human"
    case rolloutPromoted = "rollout.promoted"
    case rolloutRolledBack = "rollout.rolled_back"
    case shadowStarted = "shadow.started"
    case shadowStopped = "shadow.stopped"
    case experimentStarted = "experiment.started"
    case experimentStopped = "experiment.stopped"
    case deploymentReported = "deployment.reported"
    case versionCopied = "version.copied"

    package var entity: String { String(rawValue.prefix { $0 != "." }) }
    package var action: String { String(rawValue.drop { $0 != "." }.dropFirst()) }

    /// Whether MLflow's messages can name it.
    package var isMLflow: Bool { Self.mlflow.contains(self) }

    /// Whether it says what the audit entry of the same name says, and nothing else.
    package var isEntry: Bool { !isMLflow && !Self.derived.contains(self) }

    private static let mlflow: Set<EventType> = [
        .registeredModelCreated, .modelVersionCreated, .modelVersionTagSet, .modelVersionTagDeleted,
        .modelVersionAliasCreated, .modelVersionAliasDeleted, .promptCreated, .promptVersionCreated, .promptTagSet,
        .promptTagDeleted, .promptVersionTagSet, .promptVersionTagDeleted, .promptAliasCreated, .promptAliasDeleted,
        .budgetPolicyExceeded,
    ]
    private static let derived: Set<EventType> = [
        .stageTransitioned, .promotionApproved, .promotionBlocked, .promotionRejected, .rolloutStarted, .webhookDisabled,
    ]

    /// Restores a type from the database. Fails with `integrity` for one that this program does not know.
    init(stored text: String) throws(GatehouseError) {
        guard let type = Self(rawValue: text) else {
            throw GatehouseError(.integrity, "The database has an event of the type '\(text.prefix(80))', which is unknown here.")
        }
        self = type
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
