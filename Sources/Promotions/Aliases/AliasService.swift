package import Access
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

    /// Fails with `forbidden` when the caller lacks the role, with `blockedByPolicy` when the alias is protected and the
    /// version may not enter Production, and with `conflict` when it is there already, but in another slot than the one the alias stands for.
    package func set(
        _ alias: Alias, of model: ModelName, to version: VersionNumber, reason: String?, by caller: Caller
    ) async throws {
        if try await isProtected(alias, of: model) {
            let outcome = try await transitions.transition(
                TransitionRequest(model: model, version: version, to: .production, by: caller, reason: reason))
            if outcome.from == outcome.to { try await requireHolder(version, of: model, alias) }
        } else {
            try caller.require(.register(model))
            try await registry.setAlias(alias, of: model, to: version, isProtected: false, by: caller.principal)
        }
    }

    /// Fails with `forbidden` when the caller lacks the role, and with `blockedByPolicy` when the alias is protected:
    /// archiving the version is what frees it.
    package func delete(_ alias: Alias, of model: ModelName, by caller: Caller) async throws {
        try caller.require(.register(model))
        try await registry.deleteAlias(alias, of: model, isProtected: isProtected(alias, of: model), by: caller.principal)
    }

    private func isProtected(_ alias: Alias, of model: ModelName) async throws -> Bool {
        try await transitions.store.read { tx in try transitions.policies.policy(for: model, tx).protectedAlias == alias }
    }

    /// Nothing moved because the version is in Production: the alias must not be taken for set unless it is.
    private func requireHolder(_ version: VersionNumber, of model: ModelName, _ alias: Alias) async throws {
        let target = try await transitions.store.read { tx in try tx.requiredModel(model).aliases[alias] }
        guard target != version else { return }
        throw GatehouseError(
            .conflict, "\(model) v\(version) is in Production, but not in the slot that '\(alias)' stands for.",
            hint: "See what is active where: gatehouse history \(shellQuoted(model.text))")
    }
}
