import AuditLog
package import GatehouseCore
import Gates
import Registry
import Storage

extension TransitionService {
    /// Writes a granted transition: stage, audit entry, slot, protected alias. Returns the versions it displaced.
    func move(
        _ request: TransitionRequest, _ version: ModelVersion, _ inForce: PolicyInForce, _ facts: TransitionFacts,
        unmet: [MissingRequirement], _ tx: SQLTransaction
    ) throws -> [VersionNumber] {
        let slot = Slot(model: request.model)
        let displaced = try displacedVersions(request, slot, inForce, tx)
        let isRollback = facts.transition.requirement == .rollback
        var draft = entry(
            request, isRollback ? .rollbackPerformed : .transitionGranted, .granted, inForce, facts, missing: unmet,
            displaced: displaced)
        if request.to == .production || version.stage == .production {
            draft.note(try aliasFacts(of: request.model, inForce, tx))
        }
        draft.note(try attest(request, inForce, facts, unmet: unmet, displaced: displaced, tx))
        let entry = try tx.append(draft)
        try tx.changeStage(of: request.version, model: request.model, from: version.stage, to: request.to, at: facts.now)
        if request.to == .production {
            try occupy(slot, request.version, inForce, at: facts.now, audit: entry.sequence, isAdopted: false, tx)
        } else if version.stage == .production {
            try vacate(request.model, request.version, inForce, at: facts.now, audit: entry.sequence, tx)
        }
        for other in displaced {
            try vacate(request.model, other, inForce, at: facts.now, audit: entry.sequence, tx)
            let stage = try tx.requiredVersion(other, of: request.model).stage
            if stage != .archived {
                try tx.changeStage(of: other, model: request.model, from: stage, to: .archived, at: facts.now)
            }
        }
        return displaced
    }

    /// The version a slot held, unless it holds another slot too, and, where MLflow's call asks for it, every other version
    /// in the target stage. Under `off` only the latter: MLflow lets several versions stand in Production.
    private func displacedVersions(
        _ request: TransitionRequest, _ slot: Slot, _ inForce: PolicyInForce, _ tx: SQLTransaction
    ) throws -> [VersionNumber] {
        var displaced: Set<VersionNumber> = []
        if request.archivesExisting, request.to == .staging || request.to == .production {
            displaced.formUnion(try tx.versions(of: request.model, in: request.to, limit: Page.entriesMax).map(\.number))
        }
        if request.to == .production, inForce.policy.enforcement != .off, let holder = try tx.occupant(of: slot),
            try tx.occupancies(of: request.model, version: holder.version).count == 1
        {
            displaced.insert(holder.version)
        }
        displaced.remove(request.version)
        return displaced.sorted()
    }

    /// The alias that moves with the stage, and what it pointed at until now: it has no audit entry of its own.
    func aliasFacts(of model: ModelName, _ inForce: PolicyInForce, _ tx: SQLTransaction) throws -> [String: JSONValue] {
        guard let alias = try inForce.protectedAlias else { return [:] }
        let target = try tx.requiredModel(model).aliases[alias]
        return ["alias": .string(alias.text), "alias_was": target.map { .integer($0.value) } ?? .null]
    }

    /// Puts a version into a slot. The protected alias stands for the model's default slot and moves with it in the same
    /// transaction, so the two can never disagree.
    func occupy(
        _ slot: Slot, _ version: VersionNumber, _ inForce: PolicyInForce, at now: Timestamp, audit: Int64, isAdopted: Bool,
        _ tx: SQLTransaction
    ) throws {
        _ = try tx.occupy(slot, with: version, at: now, auditSequence: audit, isAdopted: isAdopted)
        if slot == Slot(model: slot.model), let alias = try inForce.protectedAlias {
            _ = try tx.setAlias(alias, of: slot.model, to: version)
        }
    }

    private func vacate(
        _ model: ModelName, _ version: VersionNumber, _ inForce: PolicyInForce, at now: Timestamp, audit: Int64,
        _ tx: SQLTransaction
    ) throws {
        for occupancy in try tx.occupancies(of: model, version: version) {
            _ = try tx.vacate(occupancy.slot, at: now, auditSequence: audit)
        }
        if let alias = try inForce.protectedAlias, try tx.requiredModel(model).aliases[alias] == version {
            _ = try tx.deleteAlias(alias, of: model)
        }
    }
}

extension AuditDraft {
    mutating func note(_ more: [String: JSONValue]) { facts = .object((facts.objectValue ?? [:]).merging(more) { $1 }) }
}

extension PolicyInForce {
    /// The alias that stands for Production. None under enforcement `off`: MLflow knows no such thing.
    package var protectedAlias: Alias? {
        get throws { policy.enforcement == .off ? nil : try policy.protectedAlias.map { try Alias($0) } }
    }
}
