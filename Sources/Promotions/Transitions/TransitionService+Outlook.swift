package import GatehouseCore
import Registry
package import Storage

/// What a move would be answered at this moment.
package struct TransitionOutlook: Sendable, Equatable {
    package let to: Stage
    package let requirement: TransitionRequirement
    /// What keeps it from happening; empty: it would happen, or would be let through.
    package let missing: [MissingRequirement]
    /// What enforcement `warn` would let through.
    package let warnings: [MissingRequirement]
    package let enforcement: PolicyEnforcement
}

extension TransitionService {
    /// Looks, moves nothing and records nothing. Fails with `notFound`.
    package func outlook(_ request: TransitionRequest, _ tx: SQLTransaction) throws -> TransitionOutlook {
        let version = try tx.requiredVersion(request.version, of: request.model)
        let inForce = try policies.policy(for: request.model, tx)
        let facts = try facts(request, version, inForce, tx)
        var (missing, warnings): ([MissingRequirement], [MissingRequirement]) = ([], [])
        switch PromotionMachine.decide(facts) {
        case .nothing: break
        case .move(let unmet): warnings = unmet
        case .refuse(let gaps): missing = gaps
        }
        return TransitionOutlook(
            to: request.to, requirement: facts.requirement, missing: missing, warnings: warnings,
            enforcement: facts.enforcement)
    }
}
