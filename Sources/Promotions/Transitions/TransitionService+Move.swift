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
        let slot = request.slot
        if let shadow = facts.shadow.finding { try tx.keep(shadow) }
        let isRollback = facts.requirement == .rollback
        if isRollback { try endRollout(in: slot, because: "the slot was rolled back", by: request.by, tx) }
        let displaced = try displacedVersions(request, slot, inForce, tx)
        var draft = entry(
            request, isRollback ? .rollbackPerformed : .transitionGranted, .granted, inForce, facts, missing: unmet,
            displaced: displaced)
        if request.to == .production || version.stage == .production {
            draft.note(try aliasFacts(of: request.to == .production ? slot : Slot(model: request.model), inForce, tx))
        }
        draft.note(try attest(request, inForce, facts, unmet: unmet, displaced: displaced, tx))
        let entry = try tx.append(draft)
        if isRollback, facts.enforcement != .off { try openReview(ofRollback: entry, slot, tx) }
        try tx.changeStage(of: request.version, model: request.model, from: version.stage, to: request.to, at: facts.now)
        if request.to == .production {
            try occupy(slot, request.version, inForce, at: facts.now, audit: entry.sequence, isAdopted: false, tx)
            try closePromotions(of: request, by: facts, tx)
        } else if version.stage == .production {
            try vacate(request.model, request.version, inForce, at: facts.now, audit: entry.sequence, tx)
        } else {
            try tx.endExperiments(ofChallenger: request.version, of: request.model, at: facts.now, entry: entry.sequence)
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

    /// What waited for approvals to make this very move is done with it, whoever carried it out.
    func closePromotions(of request: TransitionRequest, by facts: TransitionFacts, _ tx: SQLTransaction) throws {
        for promotion in try tx.promotionsAwaitingReview(of: request.model, request.version, for: request.slot)
        where promotion.id != request.promotion {
            try tx.decide(
                promotion.id, state: .approved, reason: "Moved to \(request.to) through another door.", warnings: [],
                at: facts.now)
            try ReviewDesk(transitions: self).voidRest(
                of: promotion, because: "the version was moved through another door", at: facts.now, tx)
        }
    }

    /// The alias that moves with the slot, and what it pointed at until now: it has no audit entry of its own.
    func aliasFacts(of slot: Slot, _ inForce: PolicyInForce, _ tx: SQLTransaction) throws -> [String: JSONValue] {
        guard let alias = try inForce.alias(standingFor: slot) else { return [:] }
        let target = try tx.requiredModel(slot.model).aliases[alias]
        return ["alias": .string(alias.text), "alias_was": target.map { .integer($0.value) } ?? .null]
    }

    /// Puts a version into a slot. The alias that stands for the slot moves with it in the same transaction, so the two can
    /// never disagree.
    func occupy(
        _ slot: Slot, _ version: VersionNumber, _ inForce: PolicyInForce, at now: Timestamp, audit: Int64, isAdopted: Bool,
        _ tx: SQLTransaction
    ) throws {
        if try tx.occupant(of: slot)?.version != version { try tx.endExperiment(in: slot, at: now, entry: audit) }
        _ = try tx.occupy(slot, with: version, at: now, auditSequence: audit, isAdopted: isAdopted)
        if let alias = try inForce.alias(standingFor: slot) { _ = try tx.setAlias(alias, of: slot.model, to: version) }
    }

    private func vacate(
        _ model: ModelName, _ version: VersionNumber, _ inForce: PolicyInForce, at now: Timestamp, audit: Int64,
        _ tx: SQLTransaction
    ) throws {
        try tx.endExperiments(ofChallenger: version, of: model, at: now, entry: audit)
        let left = try tx.occupancies(of: model, version: version).map(\.slot)
        for slot in left {
            try tx.endExperiment(in: slot, at: now, entry: audit)
            _ = try tx.vacate(slot, at: now, auditSequence: audit)
        }
        // The default slot's alias also where the version never held the slot, as after an import.
        for slot in Set(left + [Slot(model: model)]) {
            guard let alias = try inForce.alias(standingFor: slot) else { continue }
            if try tx.requiredModel(model).aliases[alias] == version { _ = try tx.deleteAlias(alias, of: model) }
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

    /// The alias that mirrors a slot: `champion` the default one, `champion-eu` the segment `eu` that the policy names.
    /// Other environments and deeper segments have none.
    package func alias(standingFor slot: Slot) throws -> Alias? {
        guard slot.environment == Slot.defaultEnvironment, let alias = try protectedAlias else { return nil }
        if slot.segment == Slot.defaultSegment { return alias }
        return policy.segments.contains(slot.segment) ? try? Alias("\(alias)-\(slot.segment)") : nil
    }

    /// The slot that an alias mirrors; nil for a free alias.
    package func slot(of model: ModelName, behind alias: Alias) throws -> Slot? {
        let slots = [Slot(model: model)] + policy.segments.map { Slot(model: model, segment: $0) }
        return try slots.first { try self.alias(standingFor: $0) == alias }
    }
}
