import Access
import AuditLog
import GatehouseCore
import Hummingbird
import Promotions
import Rollouts
import Storage
import WireAPI

/// Rollouts: what they are, and what people order them to do.
struct RolloutRoutes {
    let services: APIServices

    private var rollouts: RolloutService { services.serving.rollouts }

    func add(to group: RouterGroup<APIContext>) {
        group.post("rollouts") { request, context in
            let caller = try context.caller(who: .read)
            let call: StartRolloutCall = try await request.decode()
            let model = try ModelName(call.model)
            let rollout = try await rollouts.start(
                model, VersionNumber(call.version),
                in: Slot.named(model, environment: call.environment, segment: call.segment), by: caller, reason: call.reason)
            return try await Response.json(answer(rollout), status: .created)
        }
        group.get("rollouts") { request, context in
            _ = try context.caller(who: .read)
            let model = try request.text("model").map { try ModelName($0) }
            let isOpen = try request.flag("open")
            let limit = try request.integer("limit", default: 100, in: 1...SQLTransaction.rolloutsMax)
            let found = try await services.store.read { tx in try tx.rollouts(of: model, onlyOpen: isOpen, limit: limit) }
            return try Response.json(PageAnswer(items: found.map { RolloutAnswer($0) }))
        }
        group.get("rollouts/:id") { _, context in
            _ = try context.caller(who: .read)
            let id = try context.segment("id")
            let rollout = try await services.store.read { tx in try tx.requiredRollout(id) }
            return try await Response.json(answer(rollout))
        }
        group.post("rollouts/:id/hold") { try await carryOut(.hold, $0, $1) }
        group.post("rollouts/:id/resume") { try await carryOut(.resume, $0, $1) }
        group.post("rollouts/:id/advance") { try await carryOut(.advance, $0, $1) }
        group.post("rollouts/:id/rollback") { try await carryOut(.rollBack, $0, $1) }
    }

    private func carryOut(
        _ order: RolloutService.Order, _ request: Request, _ context: APIContext
    ) async throws -> Response {
        let caller = try context.caller(who: .read)
        let call: RolloutOrderCall = try await request.decode()
        let rollout = try await rollouts.order(order, context.segment("id"), by: caller, reason: call.reason ?? "")
        return try await Response.json(answer(rollout))
    }

    private func answer(_ rollout: Rollout) async throws -> RolloutAnswer {
        var answer = RolloutAnswer(rollout)
        if rollout.endedAt == nil {
            answer.checks = rollout.checks(outcomes: try await rollouts.outcomes(of: rollout)).map { RolloutAnswer.Check($0) }
        }
        answer.events = try await services.store.read { tx in
            try tx.events(ofRollout: rollout.id).map { event in
                RolloutAnswer.Event(event, try event.auditEntry.flatMap { try tx.auditEntry(sequence: $0) })
            }
        }
        return answer
    }
}

extension RolloutAnswer {
    fileprivate init(_ rollout: Rollout) {
        let (machine, plan) = (rollout.machine, rollout.machine.plan)
        self.init(
            id: rollout.id, modelName: rollout.slot.model.text, modelVersion: rollout.version.value,
            championVersion: rollout.champion.value, slot: rollout.slot.description, phase: machine.phase.rawValue,
            percent: machine.percent, step: machine.step + 1, verdict: machine.verdict.kind.rawValue,
            reason: machine.verdict.reason,
            since: machine.phaseStartedAtMilliseconds.map { Timestamp(milliseconds: $0).description },
            openedAt: rollout.openedAt.description, openedBy: rollout.openedBy.text, endedAt: rollout.endedAt?.description,
            leftOut: machine.leftOut,
            plan: Plan(
                steps: plan.steps, stepMinSeconds: plan.stepMinSeconds, stepMinRequests: plan.stepMinRequests,
                stepMaxSeconds: plan.stepMaxSeconds, bakeSeconds: plan.bakeSeconds),
            auditSequence: rollout.openEntry, power: rollout.power)
    }
}

extension RolloutAnswer.Check {
    fileprivate init(_ check: RolloutCheck) {
        self.init(
            name: check.name.rawValue, verdict: check.verdict.rawValue, value: check.value, champion: check.champion,
            limit: check.limit, rows: check.rows, rowsNeeded: check.rowsNeeded, reason: check.reason)
    }
}

extension RolloutAnswer.Event {
    /// `entry` is the audit entry that holds who did it and why.
    fileprivate init(_ event: RolloutEvent, _ entry: AuditEntry?) {
        self.init(
            at: event.at.description, what: event.what, percent: event.percent, verdict: event.verdict.kind.rawValue,
            reason: event.verdict.reason, by: entry?.principal.text, note: entry.flatMap { $0.reason.isEmpty ? nil : $0.reason },
            checks: event.checks, auditSequence: event.auditEntry)
    }
}
