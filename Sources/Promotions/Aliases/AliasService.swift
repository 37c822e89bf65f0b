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
    /// version may not become active in the slot that it stands for.
    package func set(
        _ alias: Alias, of model: ModelName, to version: VersionNumber, reason: String?, by caller: Caller
    ) async throws {
        try ModelRegistry.check(reason, bytesMax: ModelRegistry.reasonBytesMax, what: "The reason")
        let judged = try await judgedShadows(alias, of: model, version)
        let outcome = try await transitions.store.write { tx -> TransitionOutcome? in
            guard let slot = try slot(of: model, behind: alias, tx) else {
                try caller.require(.register(model))
                try registry.setAlias(alias, of: model, to: version, by: caller.principal, reason: reason ?? "", in: tx)
                return nil
            }
            var request = TransitionRequest(
                model: model, version: version, to: .production, slot: slot, by: caller, reason: reason)
            request.judged = judged
            let outcome = try transitions.apply(request, tx)
            if outcome.rollout != nil {
                // An alias is set or it is not: what takes a while is no answer to this call.
                throw GatehouseError(
                    .conflict, "'\(alias)' stands for \(slot), which \(model) v\(version) enters by a rollout.",
                    hint: "Start it: gatehouse rollout start \(shellQuoted(model.text)) \(version)\(slot.options)")
            }
            // The version is active there already, as when the policy began to protect this alias only later.
            if outcome.refusal == nil, try tx.requiredModel(model).aliases[alias] != version {
                try registry.setAlias(alias, of: model, to: version, by: caller.principal, in: tx)
            }
            return outcome
        }
        if let error = outcome?.error(model, version) { throw error }
    }

    /// Fails with `forbidden` when the caller lacks the role, and with `blockedByPolicy` when the alias is protected:
    /// archiving the version is what frees it.
    package func delete(_ alias: Alias, of model: ModelName, reason: String? = nil, by caller: Caller) async throws {
        try ModelRegistry.check(reason, bytesMax: ModelRegistry.reasonBytesMax, what: "The reason")
        try caller.require(.register(model))
        let refusal = try await transitions.store.write { tx -> GatehouseError? in
            if try slot(of: model, behind: alias, tx) != nil {
                return try registry.refuseToDelete(alias, of: model, by: caller.principal, in: tx)
            }
            try registry.deleteAlias(alias, of: model, by: caller.principal, reason: reason ?? "", in: tx)
            return nil
        }
        if let refusal { throw refusal }
    }

    private func judgedShadows(
        _ alias: Alias, of model: ModelName, _ version: VersionNumber
    ) async throws -> JudgedShadows {
        guard let slot = try await transitions.store.read({ tx in try slot(of: model, behind: alias, tx) }) else { return [:] }
        return try await transitions.judgedShadows(of: version, model: model, to: .production, in: slot)
    }

    private func slot(of model: ModelName, behind alias: Alias, _ tx: SQLTransaction) throws -> Slot? {
        try transitions.policies.policy(for: model, tx).slot(of: model, behind: alias)
    }
}
