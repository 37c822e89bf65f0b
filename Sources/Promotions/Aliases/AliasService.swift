package import Access
package import GatehouseCore
import Gates
package import Registry
import Storage

/// Moves aliases. The alias that stands for Production is a transition in other words, and is decided as one. Which alias that
/// is, is asked in the transaction that moves it: a policy cannot change in between.
package struct AliasService: Sendable {
    private let registry: ModelRegistry
    private let transitions: TransitionService

    package init(registry: ModelRegistry, transitions: TransitionService) {
        self.registry = registry
        self.transitions = transitions
    }

    /// Fails with `forbidden` when the caller lacks the role, with `blockedByPolicy` when the alias is protected and the
    /// version may not enter Production, and with `conflict` when it is there already, but in another slot than the one the
    /// alias stands for.
    package func set(
        _ alias: Alias, of model: ModelName, to version: VersionNumber, reason: String?, by caller: Caller
    ) async throws {
        try ModelRegistry.check(reason, bytesMax: ModelRegistry.reasonBytesMax, what: "The reason")
        let outcome = try await transitions.store.write { tx -> TransitionOutcome? in
            guard try isProtected(alias, of: model, tx) else {
                try caller.require(.register(model))
                try registry.setAlias(alias, of: model, to: version, by: caller.principal, in: tx)
                return nil
            }
            let outcome = try transitions.apply(
                TransitionRequest(model: model, version: version, to: .production, by: caller, reason: reason), tx)
            if outcome.refusal == nil, outcome.from == outcome.to { try requireHolder(version, of: model, alias, tx) }
            return outcome
        }
        if let error = outcome?.error(model, version) { throw error }
    }

    /// Fails with `forbidden` when the caller lacks the role, and with `blockedByPolicy` when the alias is protected:
    /// archiving the version is what frees it.
    package func delete(_ alias: Alias, of model: ModelName, by caller: Caller) async throws {
        try caller.require(.register(model))
        let refusal = try await transitions.store.write { tx -> GatehouseError? in
            if try isProtected(alias, of: model, tx) {
                return try registry.refuseToDelete(alias, of: model, by: caller.principal, in: tx)
            }
            try registry.deleteAlias(alias, of: model, by: caller.principal, in: tx)
            return nil
        }
        if let refusal { throw refusal }
    }

    private func isProtected(_ alias: Alias, of model: ModelName, _ tx: SQLTransaction) throws -> Bool {
        try transitions.policies.policy(for: model, tx).protectedAlias == alias
    }

    /// Nothing moved because the version is in Production: the alias must not be taken for set unless it is.
    private func requireHolder(
        _ version: VersionNumber, of model: ModelName, _ alias: Alias, _ tx: SQLTransaction
    ) throws {
        guard try tx.requiredModel(model).aliases[alias] != version else { return }
        throw GatehouseError(
            .conflict, "\(model) v\(version) is in Production, but not in the slot that '\(alias)' stands for.",
            hint: "See what is active where: gatehouse history \(shellQuoted(model.text))")
    }
}
