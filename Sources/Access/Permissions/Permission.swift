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
    /// The same for bytes that no version has yet: whichever model they become.
    case postEvidenceAnywhere
    /// The policy of a model or of a pattern of names.
    case editPolicy(pattern: String)
    /// Datasets and feature pipelines.
    case editReferenceData
    case manageWebhooks
    /// Endpoints and shadow runs of a model in one environment, in all its segments.
    case manageServing(ModelName, environment: String)
    /// Fetch routes and the models in them, ship records of what was served.
    case serveTraffic
    /// Say what became of predictions.
    case postOutcomes(ModelName)
    /// Users, tokens, adoption, garbage collection.
    case administer
}

extension Permission {
    /// The roles that permit it, each enough on its own, beside admin, which permits everything. The one table of who may
    /// do what.
    package var roles: Set<Role> {
        switch self {
        case .read: Set(Role.allCases).subtracting([.gateway])
        case .readAudit: [.auditor]
        case .logRuns: [.registrant]
        case .register: [.registrant]
        case .delete: [.stagingManager]
        case .evaluate: [.registrant, .stagingManager, .productionManager]
        case .transition(_, let move, _, _): Self.roles(for: move)
        case .rollBack: [.operator, .productionManager]
        case .review: [.reviewer]
        case .postEvidence, .postEvidenceAnywhere: [.stagingManager, .reviewer]
        case .editPolicy: [.policyOwner]
        case .editReferenceData: [.policyOwner]
        case .manageServing: [.productionManager]
        case .serveTraffic: [.gateway]
        case .postOutcomes: [.gateway, .stagingManager, .productionManager]
        case .manageWebhooks, .administer: []
        }
    }

    /// Production is its own world: nothing but the role for it opens the door, in either direction.
    private static func roles(for move: StageTransition) -> Set<Role> {
        if move.requirement == .rollback { return [.operator, .productionManager] }
        return move.touchesProduction ? [.productionManager] : [.stagingManager]
    }

    /// How far a grant must reach to permit it.
    enum Reach: Equatable {
        /// Any grant of the role, however narrow.
        case anywhere
        /// One model, or all that a pattern stands for.
        case models(String)
        case slot(ModelName, environment: String, segment: String)
        /// Every segment of a model in one environment.
        case environment(ModelName, String)
        /// What all models share: a grant for some of them is not enough.
        case everything
    }

    var reach: Reach {
        switch self {
        case .read, .logRuns: .anywhere
        case .readAudit, .postEvidenceAnywhere, .editReferenceData, .manageWebhooks, .serveTraffic, .administer: .everything
        case .register(let model), .delete(let model), .evaluate(let model), .review(let model), .postEvidence(let model),
            .postOutcomes(let model):
            .models(model.text)
        case .manageServing(let model, let environment): .environment(model, environment)
        case .editPolicy(let pattern): .models(pattern)
        case .rollBack(let model, let environment, let segment): .slot(model, environment: environment, segment: segment)
        case .transition(let model, let move, let environment, let segment):
            move.touchesProduction ? .slot(model, environment: environment, segment: segment) : .models(model.text)
        }
    }

    /// Behind "may not".
    package var words: String {
        switch self {
        case .read: "read anything"
        case .readAudit: "read the audit log"
        case .logRuns: "log experiments and runs"
        case .register(let model): "register or describe \(model)"
        case .delete(let model): "delete anything of \(model)"
        case .evaluate(let model): "evaluate \(model)"
        case .transition(let model, let move, let environment, let segment):
            "move \(model) from \(move.from) to \(move.to)" + Self.place(environment, segment)
        case .rollBack(let model, let environment, let segment): "roll \(model) back" + Self.place(environment, segment)
        case .review(let model): "review \(model)"
        case .postEvidence(let model): "post evidence for \(model)"
        case .postEvidenceAnywhere: "post evidence for bytes that no version has yet"
        case .editPolicy(let pattern): "change the policy of \(pattern)"
        case .editReferenceData: "change datasets and feature pipelines"
        case .manageWebhooks: "manage webhooks"
        case .manageServing(let model, let environment):
            "change how \(model) is served" + Self.place(environment, Slot.defaultSegment)
        case .serveTraffic: "act as a gateway"
        case .postOutcomes(let model): "post outcomes of \(model)"
        case .administer: "administer the server"
        }
    }

    static func place(_ environment: String, _ segment: String) -> String {
        environment == Slot.defaultEnvironment && segment == Slot.defaultSegment ? "" : " in \(environment)/\(segment)"
    }
}

extension StageTransition {
    fileprivate var touchesProduction: Bool { from == .production || to == .production }
}
