package import GatehouseCore
import Gates
package import Registry
import Storage

/// Moves aliases. The alias that stands for Production is a transition in other words, and is decided as one.
package struct AliasService: Sendable {
    private let registry: ModelRegistry
    private let transitions: TransitionService

    package init(registry: ModelRegistry, transitions: TransitionService) {
        self.registry = registry
        self.transitions = transitions
    }

    /// Fails with `blockedByPolicy` when the alias is protected and the version may not enter Production.
    package func set(
        _ alias: Alias, of model: ModelName, to version: VersionNumber, reason: String?, by principal: Principal
    ) async throws {
        if try await isProtected(alias, of: model) {
            _ = try await transitions.transition(
                TransitionRequest(model: model, version: version, to: .production, by: principal, reason: reason))
        } else {
            try await registry.setAlias(alias, of: model, to: version, isProtected: false, by: principal)
        }
    }

    /// Fails with `forbidden` when the alias is protected: archiving the version is what frees it.
    package func delete(_ alias: Alias, of model: ModelName, by principal: Principal) async throws {
        guard try await !isProtected(alias, of: model) else {
            throw GatehouseError(
                .forbidden, "The alias '\(alias)' of \(model) stands for Production and cannot be deleted by itself.",
                hint:
                    "Archive the version it points at: gatehouse version stage \(shellQuoted(model.text)) VERSION archived --reason \"…\""
            )
        }
        try await registry.deleteAlias(alias, of: model, isProtected: false, by: principal)
    }

    /// Under enforcement `off` no alias is protected: MLflow knows no such thing.
    private func isProtected(_ alias: Alias, of model: ModelName) async throws -> Bool {
        try await transitions.store.read { tx in
            let inForce = try transitions.policies.policy(for: model, tx)
            return try inForce.policy.enforcement != .off && inForce.protectedAlias == alias
        }
    }
}
