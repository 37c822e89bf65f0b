import AuditLog
package import GatehouseCore
import Registry
import Storage

/// Enters versions that were in production before Gatehouse came. No gate is asked, once per slot, and the history says so.
package struct AdoptionService: Sendable {
    private let transitions: TransitionService

    package init(_ transitions: TransitionService) { self.transitions = transitions }

    /// Fails with `conflict` when the slot ever held a version, with `invalidArgument` without a reason, with
    /// `tooLarge` when it is too long.
    package func adopt(_ version: VersionNumber, into slot: Slot, reason: String, by principal: Principal) async throws {
        try Reason.check(reason, for: "An adoption")
        try await transitions.store.write { tx in
            let found = try tx.requiredVersion(version, of: slot.model)
            guard found.isPinned else {
                throw GatehouseError(.conflict, "\(slot.model) v\(version) is unpinned: its bytes were never hashed and sealed.")
            }
            guard try tx.history(of: slot, limit: 1).isEmpty else {
                throw GatehouseError(
                    .conflict, "The slot \(slot) has held a version before, so nothing can be adopted into it.",
                    hint:
                        "Promote \(slot.model) v\(version) through its gates: gatehouse promote \(shellQuoted(slot.model.text)) \(version)"
                )
            }
            let now = transitions.now()
            let inForce = try transitions.policies.policy(for: slot.model, tx)
            var draft = AuditDraft(
                id: transitions.ids(), time: now, principal: principal, action: .slotAdopted, outcome: .granted,
                model: slot.model, version: version, reason: reason,
                facts: .object([
                    "slot": .string(slot.description), "gates": "none", "from": .string(found.stage.rawValue),
                    "to": .string(Stage.production.rawValue),
                    "artifact": found.artifact.map { .string($0.description) } ?? .null,
                ]))
            draft.note(try transitions.aliasFacts(of: slot, inForce, tx))
            let entry = try tx.append(draft)
            if found.stage != .production {
                try tx.changeStage(of: version, model: slot.model, from: found.stage, to: .production, at: now)
            }
            try transitions.occupy(slot, version, inForce, at: now, audit: entry.sequence, isAdopted: true, tx)
        }
    }
}
