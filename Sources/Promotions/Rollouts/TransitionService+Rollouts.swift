import AuditLog
package import GatehouseCore
import Gates
import Registry
package import Rollouts
import Serving
import Storage

/// How a version comes into a slot, or leaves it.
enum Passage {
    case atOnce
    /// Step by step, beside the champion.
    case rollout(RolloutRules, champion: VersionNumber, Digest)
    /// Something goes on there that has to end first, whatever the policy enforces.
    case refused(MissingRequirement)
}

extension TransitionService {
    /// A rollout takes a plan in the policy, a champion to take over from, and an endpoint of which some units can be given to
    /// the new version; without the plan, the champion or an endpoint the version takes the slot at once.
    func passage(
        _ request: TransitionRequest, _ version: ModelVersion, _ inForce: PolicyInForce, _ facts: TransitionFacts,
        _ tx: SQLTransaction
    ) throws -> Passage {
        guard request.to == .production else { return try leaving(request, tx) }
        if facts.requirement == .rollback, facts.wasActiveInSlot { return .atOnce }
        let slot = request.slot
        if let open = try tx.openRollout(in: slot) { return .refused(open.requirement) }
        guard inForce.policy.enforcement != .off || request.asksForRollout, let rules = inForce.policy.rollout,
            let champion = try tx.occupant(of: slot)?.version, champion != request.version, version.isPinned,
            let digest = try tx.requiredVersion(champion, of: slot.model).artifact
        else { return .atOnce }
        let endpoints = try tx.servingEndpoints(for: slot)
        guard let first = endpoints.first else { return .atOnce }
        guard endpoints.contains(where: { $0.rules.unit != nil }) else {
            return .refused(
                MissingRequirement(
                    "an endpoint that says where the unit is named (unit), so that a rollout can give some to v\(request.version)",
                    command: "gatehouse endpoint show \(first.name)"))
        }
        if let split = try tx.split(of: slot) {
            return .refused(
                MissingRequirement(
                    "the end of the \(split.kind.rawValue) \(split.id), which divides \(slot)", command: split.endCommand))
        }
        return .rollout(rules, champion: champion, digest)
    }

    /// Neither arm leaves Production under a rollout.
    private func leaving(_ request: TransitionRequest, _ tx: SQLTransaction) throws -> Passage {
        let open = try tx.rollouts(of: request.model, onlyOpen: true).first {
            $0.version == request.version || $0.champion == request.version
        }
        return open.map { .refused($0.requirement) } ?? .atOnce
    }

    /// Starts a rollout in place of the move that was granted.
    func begin(
        _ request: TransitionRequest, _ version: ModelVersion, _ inForce: PolicyInForce, _ facts: TransitionFacts,
        _ rules: RolloutRules, champion: (number: VersionNumber, digest: Digest), unmet: [MissingRequirement],
        _ tx: SQLTransaction
    ) throws -> Rollout {
        guard let digest = version.artifact else {
            throw GatehouseError(.conflict, "\(version.model) v\(version.number) is unpinned and cannot be served.")
        }
        let (slot, now) = (request.slot, facts.now)
        if let shadow = facts.shadow.finding { try tx.keep(shadow) }
        var machine = try RolloutMachine(plan: RolloutPlan(rules))
        _ = try machine.started(at: now)
        let id = "rol_" + ids()
        let challenger = Slot(
            model: slot.model, environment: slot.environment, segment: slot.segment, role: Rollout.challengerRole)
        var draft = entry(request, .transitionGranted, .granted, inForce, facts, missing: unmet, displaced: [])
        draft.note([
            "slot": .string(challenger.description), "rollout": .string(id), "percent": .integer(Int64(machine.percent)),
            "plan": inForce.policy.json["rollout"] ?? .null, "champion": .integer(champion.number.value),
        ])
        draft.note(try attest(request, inForce, facts, unmet: unmet, displaced: [], tx))
        let entry = try tx.append(draft)
        let rollout = Rollout(
            id: id, slot: Slot(model: slot.model, environment: slot.environment, segment: slot.segment),
            version: version.number, digest: digest, champion: champion.number, championDigest: champion.digest, salt: ids(),
            power: try tx.power(of: machine.plan, in: slot, at: now), openedBy: request.by, openedAt: now,
            openEntry: entry.sequence, machine: machine)
        try tx.changeStage(of: version.number, model: version.model, from: version.stage, to: .production, at: now)
        _ = try tx.occupy(challenger, with: version.number, at: now, auditSequence: entry.sequence)
        try tx.insert(rollout)
        try tx.note("started", of: rollout, checks: [], at: now, auditEntry: entry.sequence)
        try tx.set(rollout.split)
        try closePromotions(of: request, by: facts, tx)
        return rollout
    }

    /// Ends what goes on in a slot that something else happens to.
    func endRollout(in slot: Slot, because: String, by principal: Principal, _ tx: SQLTransaction) throws {
        guard let open = try tx.openRollout(in: slot), var rollout = try tx.lockedRollout(open.id), rollout.endedAt == nil
        else { return }
        let before = rollout.machine
        let action = try rollout.machine.rollbackOrdered(because: because)
        try settle(&rollout, action, before, by: principal, checks: [], at: now(), tx)
    }
}

// MARK: - What follows from a decision

extension TransitionService {
    /// Writes the machine, what follows from its action for slots, stages, alias and split, and the entry, whose number it
    /// returns; nil: nothing that anybody has to be told of. Routes follow the entry.
    @discardableResult
    func settle(
        _ rollout: inout Rollout, _ action: RolloutMachine.Action, _ before: RolloutMachine, by principal: Principal,
        reason: String = "", checks: [RolloutCheck], at now: Timestamp, _ tx: SQLTransaction
    ) throws -> Int64? {
        if rollout.machine.phase.isFinal { rollout.endedAt = now }
        try tx.update(rollout)
        let measured = JSONValue.array(checks.map(\.json))
        guard let deed = action.deed else {
            if rollout.machine.verdict.kind != before.verdict.kind {
                try tx.note("looked", of: rollout, checks: measured, at: now, auditEntry: nil)
            }
            return nil
        }
        var facts: [String: JSONValue] = [
            "rollout": .string(rollout.id), "slot": .string(rollout.slot.description),
            "percent": .integer(Int64(rollout.machine.percent)), "percent_before": .integer(Int64(before.percent)),
            "phase": .string(rollout.machine.phase.rawValue), "verdict": .string(rollout.machine.verdict.kind.rawValue),
            "because": .string(rollout.machine.verdict.reason), "checks": measured,
        ]
        switch action {
        case .promote: facts.merge(try promotionFacts(rollout, tx)) { $1 }
        case .rollBack: facts.merge(try rollbackFacts(rollout, tx)) { $1 }
        case .none, .start, .advance, .bake, .askHuman, .hold, .resume: break
        }
        let entry = try tx.append(
            AuditDraft(
                id: ids(), time: now, principal: principal, action: deed.action, outcome: .recorded, model: rollout.slot.model,
                version: rollout.version, reason: reason, facts: .object(facts)))
        try carryOut(action, rollout, entry: entry.sequence, at: now, tx)
        try tx.note(deed.what, of: rollout, checks: measured, at: now, auditEntry: entry.sequence)
        return entry.sequence
    }

    private func promotionFacts(_ rollout: Rollout, _ tx: SQLTransaction) throws -> [String: JSONValue] {
        let inForce = try policies.policy(for: rollout.slot.model, tx)
        let displaced = try goes(rollout.champion, from: rollout.slot, tx)
        return [
            "from": .string(Stage.production.rawValue), "to": .string(Stage.production.rawValue),
            "displaced": displaced ? [.integer(rollout.champion.value)] : [],
        ].merging(try aliasFacts(of: rollout.slot, inForce, tx)) { $1 }
    }

    private func rollbackFacts(_ rollout: Rollout, _ tx: SQLTransaction) throws -> [String: JSONValue] {
        guard try goes(rollout.version, from: rollout.challengerSlot, tx) else { return [:] }
        return ["from": .string(Stage.production.rawValue), "to": .string(Stage.archived.rawValue)]
    }

    /// Whether a version is in Production for this slot alone.
    private func goes(_ version: VersionNumber, from slot: Slot, _ tx: SQLTransaction) throws -> Bool {
        guard try tx.version(version, of: slot.model)?.stage == .production else { return false }
        return try tx.occupancies(of: slot.model, version: version).allSatisfy { $0.slot == slot }
    }

    private func carryOut(
        _ action: RolloutMachine.Action, _ rollout: Rollout, entry: Int64, at now: Timestamp, _ tx: SQLTransaction
    ) throws {
        let model = rollout.slot.model
        switch action {
        case .start, .advance: try tx.set(rollout.split)
        case .none, .bake, .askHuman, .hold, .resume: break
        case .promote:
            let isDisplaced = try goes(rollout.champion, from: rollout.slot, tx)
            try tx.removeSplit(id: rollout.id)
            _ = try tx.vacate(rollout.challengerSlot, at: now, auditSequence: entry)
            let inForce = try policies.policy(for: model, tx)
            try occupy(rollout.slot, rollout.version, inForce, at: now, audit: entry, isAdopted: false, tx)
            if isDisplaced { try tx.changeStage(of: rollout.champion, model: model, from: .production, to: .archived, at: now) }
        case .rollBack:
            let isGone = try goes(rollout.version, from: rollout.challengerSlot, tx)
            try tx.removeSplit(id: rollout.id)
            if try tx.occupant(of: rollout.challengerSlot)?.version == rollout.version {
                _ = try tx.vacate(rollout.challengerSlot, at: now, auditSequence: entry)
            }
            if isGone { try tx.changeStage(of: rollout.version, model: model, from: .production, to: .archived, at: now) }
        }
    }
}

extension Rollout {
    /// What another move in the slot has to wait for.
    fileprivate var requirement: MissingRequirement {
        MissingRequirement(
            "the end of the rollout \(id), in which v\(version) takes over from v\(champion) in \(slot)",
            command: "gatehouse rollout status \(id)")
    }
}

extension RolloutMachine.Action {
    /// Nil: nothing that anybody has to be told of.
    fileprivate var deed: (what: String, action: AuditAction)? {
        switch self {
        case .none, .start: nil
        case .advance: ("advanced", .rolloutAdvanced)
        case .bake: ("baking", .rolloutAdvanced)
        case .promote: ("promoted", .rolloutPromoted)
        case .rollBack: ("rolled_back", .rolloutRolledBack)
        case .askHuman: ("needs_human", .rolloutNeedsHuman)
        case .hold: ("held", .rolloutHeld)
        case .resume: ("resumed", .rolloutResumed)
        }
    }
}

extension RolloutCheck {
    package var json: JSONValue {
        [
            "name": .string(name.rawValue), "verdict": .string(verdict.rawValue), "value": .number(orNull: value),
            "champion": .number(orNull: champion), "limit": .number(orNull: limit), "rows": .integer(Int64(rows)),
            "rows_needed": .integer(Int64(rowsNeeded)), "reason": .string(reason),
        ]
    }
}
