package import GatehouseCore

/// One thing that somebody may or may not do. Everything a route does is one of these; nothing is allowed by default.
package enum Permission: Sendable, Equatable {
    /// Models, versions, runs, experiments, evaluations, policies: what is there.
    case read
    case readAudit
    /// Experiments, runs, metrics, params, artifacts, logged models.
    case logRuns
    /// Create a model, a version, or change what describes them: description, tags, unprotected aliases.
    case register(ModelName)
    case delete(ModelName)
    case evaluate(ModelName)
    /// A move of a version between two stages, in one slot. A rollback is a permission of its own.
    case transition(ModelName, StageTransition, environment: String, segment: String)
    case rollBack(ModelName, environment: String, segment: String)
    case review(ModelName)
    /// Evidence and attestations that a check may rest on.
    case postEvidence(ModelName)
    /// The policy of a model or of a pattern of names.
    case editPolicy(pattern: String)
    /// Datasets and feature pipelines.
    case editReferenceData
    case manageWebhooks
    /// Users, tokens, adoption, garbage collection.
    case administer
}
