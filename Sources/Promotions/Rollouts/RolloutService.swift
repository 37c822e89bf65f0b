package import Access
import AuditLog
package import GatehouseCore
import Gates
import Registry
package import Rollouts
import Storage

/// Runs rollouts: reads, lets the machine decide, and writes what it says, slot, stage, alias, split and audit entry in one
/// transaction; the route table follows in the same one. All state is in the rows, so it goes on in whichever process looks next.
package struct RolloutService: Sendable {
    static let principal = Principal.system("rollouts")

    /// What somebody may order a rollout to do.
    package enum Order: String, Sendable, CaseIterable {
        case hold, resume, advance
        case rollBack = "rollback"
    }

    let transitions: TransitionService

    package init(_ transitions: TransitionService) { self.transitions = transitions }

    /// Starts what a promotion to Production would start by itself. Everything that a promotion asks for is asked; what is
    /// missing is recorded as a refused transition, `forbidden` or `blockedByPolicy`. Fails with `conflict` while a rollout goes
    /// on in the slot and where there is no plan, no champion to take over from, or no endpoint.
    package func start(
        _ model: ModelName, _ number: VersionNumber, in slot: Slot? = nil, by caller: Caller, reason: String? = nil
    ) async throws -> Rollout {
        try ModelRegistry.check(reason, bytesMax: ModelRegistry.reasonBytesMax, what: "The reason")
        let slot = slot ?? Slot(model: model)
        let judged = try await transitions.judgedShadows(of: number, model: model, to: .production, in: slot)
        return try await transitions.store.decide { tx in
            let version = try tx.requiredVersion(number, of: model)
            var request = TransitionRequest(
                model: model, version: number, to: .production, slot: slot, by: caller, reason: reason)
            request.asksForRollout = true
            request.judged = judged
            let inForce = try transitions.policies.policy(for: model, tx)
            let facts = try transitions.facts(request, version, inForce, tx)
            if request.missingRole(for: facts) == nil { try check(request, version, inForce, facts, tx) }
            let outcome = try transitions.apply(request, tx)
            if let error = outcome.error(model, number) { return .failure(error) }
            guard let id = outcome.rollout, let rollout = try tx.rollout(id: id) else {
                throw GatehouseError(.conflict, "\(model) v\(number) is in Production already.")
            }
            return .success(rollout)
        }
    }

    /// What makes a rollout impossible, whatever the gates say.
    private func check(
        _ request: TransitionRequest, _ version: ModelVersion, _ inForce: PolicyInForce, _ facts: TransitionFacts,
        _ tx: SQLTransaction
    ) throws {
        let (slot, subject) = (request.slot, "\(request.model) v\(request.version)")
        let promote = "gatehouse promote \(shellQuoted(request.model.text)) \(request.version) --to production\(slot.options)"
        func impossible(_ message: String, _ hint: String) -> GatehouseError { GatehouseError(.conflict, message, hint: hint) }
        if let open = try tx.openRollout(in: slot) {
            throw impossible(
                "The rollout \(open.id) of v\(open.version) goes on in \(slot).",
                "Let it end, or end it: gatehouse rollout rollback \(open.id) --reason \"…\"")
        }
        if facts.requirement == .rollback, facts.wasActiveInSlot {
            throw impossible(
                "\(subject) was active in \(slot) before.",
                "Return to it: gatehouse rollback \(shellQuoted(request.model.text)) --to \(request.version) --reason \"…\"")
        }
        guard inForce.policy.rollout != nil else {
            throw impossible("The policy \(inForce.reference) has no rollout section.", "Promote it: \(promote)")
        }
        guard version.isPinned else {
            throw impossible(
                "\(subject) is unpinned, so no gateway serves it.",
                "gatehouse version create \(shellQuoted(request.model.text)) --model PATH")
        }
        guard let champion = try tx.occupant(of: slot)?.version else {
            throw impossible("Nothing is active in \(slot), so there is nothing to take over from.", "Promote it: \(promote)")
        }
        guard champion != request.version else {
            throw impossible("\(subject) is the champion of \(slot) already.", "gatehouse history \(request.model)")
        }
        guard try tx.requiredVersion(champion, of: request.model).isPinned else {
            throw impossible("The champion, v\(champion), is unpinned, so no gateway serves it.", "Promote it: \(promote)")
        }
        guard try tx.servingEndpoints(for: slot).first != nil else {
            throw impossible(
                "No endpoint serves \(slot), so nobody could be given to the new version.", "gatehouse endpoint apply FILE")
        }
    }

    // MARK: - What happens to it

    /// Decides on what was measured since the last look, or on the time that has gone by. Nil: there was nothing to write.
    package func look(_ id: String, outcomes: RolloutOutcomes? = nil) async throws -> Rollout? {
        // Most looks find nothing, and reading costs no commit.
        let isDue = try await transitions.store.read { tx in try tx.rollout(id: id).map { try needsLook($0, tx) } ?? false }
        guard isDue else { return nil }
        return try await transitions.store.write { tx in
            guard var rollout = try tx.lockedRollout(id), rollout.endedAt == nil else { return nil }
            let (now, before) = (transitions.now(), rollout.machine)
            if let change = try tx.intrusion(on: rollout) {
                let action = try rollout.machine.rollbackOrdered(because: change)
                try transitions.settle(&rollout, action, before, by: Self.principal, checks: [], at: now, tx)
                return rollout
            }
            let measured = try tx.takeMeasurements(ofRollout: id)
            let action: RolloutMachine.Action
            var checks: [RolloutCheck] = []
            if let start = before.phaseStartedAtMilliseconds, let window = RolloutWindow.merging(measured, since: start),
                window.holdsData
            {
                action = rollout.machine.observed(window, outcomes: outcomes, at: now)
                checks = rollout.checks(afterDeciding: before, window, outcomes: outcomes)
            } else {
                action = rollout.machine.waited(until: now)
            }
            try transitions.settle(&rollout, action, before, by: Self.principal, checks: checks, at: now, tx)
            return rollout
        }
    }

    private func needsLook(_ rollout: Rollout, _ tx: SQLTransaction) throws -> Bool {
        guard rollout.endedAt == nil else { return false }
        if try tx.hasMeasurements(ofRollout: rollout.id) || tx.intrusion(on: rollout) != nil { return true }
        var machine = rollout.machine
        return machine.waited(until: transitions.now()) != .none || machine != rollout.machine
    }

    /// Fails with `forbidden` without the role, and with `conflict` where the state does not allow it. Repeating an order that
    /// is carried out already changes nothing.
    package func order(_ order: Order, _ id: String, by caller: Caller, reason: String) async throws -> Rollout {
        switch order {
        case .advance: try Reason.check(reason, for: "Advancing a rollout without the numbers")
        case .rollBack: try Reason.check(reason, for: "A rollback")
        case .hold, .resume: try ModelRegistry.check(reason, bytesMax: ModelRegistry.reasonBytesMax, what: "The reason")
        }
        return try await transitions.store.write { tx in
            let found = try tx.requiredRollout(id)
            try caller.require(order.permission(in: found.slot))
            guard var rollout = try tx.lockedRollout(id) else { return found }
            let (now, before) = (transitions.now(), rollout.machine)
            // What people write stands in the audit entry alone, where it can be erased.
            let action =
                switch order {
                case .hold: try rollout.machine.held(at: now, because: "")
                case .resume: try rollout.machine.resumed(at: now)
                case .advance: try rollout.machine.advanceOrdered(at: now)
                case .rollBack: try rollout.machine.rollbackOrdered(because: "")
                }
            guard action != .none else { return rollout }
            let checks = found.checks(outcomes: nil)
            try transitions.settle(
                &rollout, action, before, by: caller.principal, reason: reason, checks: checks, at: now, tx)
            return rollout
        }
    }

    /// The outcomes that a rollout's present step has brought so far; nil where no limit asks for them.
    package func outcomes(of rollout: Rollout) async throws -> RolloutOutcomes? {
        let limits = rollout.machine.plan.limits
        guard limits.outcomeDrop != nil, rollout.isConcurrent, let start = rollout.machine.phaseStartedAtMilliseconds
        else { return nil }
        return try await transitions.store.read { tx in
            try tx.outcomes(
                ofRollout: rollout.id, label: limits.outcomeLabel, since: Timestamp(milliseconds: start))
        }
    }
}

extension RolloutWindow {
    fileprivate var holdsData: Bool {
        champion.rates.requests + challenger.rates.requests + champion.newUnits + challenger.newUnits > 0
    }
}

extension Rollout {
    /// What the decision was made from: a machine that went on to another step has forgotten it.
    fileprivate func checks(
        afterDeciding before: RolloutMachine, _ window: RolloutWindow, outcomes: RolloutOutcomes?
    ) -> [RolloutCheck] {
        guard machine.step != before.step || machine.phase != before.phase else { return checks(outcomes: outcomes) }
        var counts = before.counts
        counts.add(window, percent: before.percent, range: before.plan.limits.predictionRange)
        return counts.checks(before.plan, outcomes: outcomes, isConcurrent: before.percent < 100).naming(machine.harm)
    }
}

extension SQLTransaction {
    /// What changed the rollout's slots behind its back, in words; nil: nothing.
    fileprivate func intrusion(on rollout: Rollout) throws -> String? {
        if try occupant(of: rollout.challengerSlot)?.version != rollout.version { return "its version left the slot" }
        if try occupant(of: rollout.slot)?.version != rollout.champion { return "the champion of its slot is another one now" }
        return nil
    }
}

extension RolloutService.Order {
    /// What it takes to give the order.
    package func permission(in slot: Slot) -> Permission {
        switch self {
        case .hold, .rollBack: .rollBack(slot.model, environment: slot.environment, segment: slot.segment)
        case .resume, .advance:
            .transition(
                slot.model, StageTransition(from: .staging, to: .production), environment: slot.environment,
                segment: slot.segment)
        }
    }
}
