package import Access
import AuditLog
import GatehouseCore
import Gates
import Registry
package import Storage

extension PromotionService {
    /// Takes back a promotion that is not decided: its open reviews end, approvals that were given count no more, the version
    /// stays where it is. An evaluation that it waited for goes on, and waivers stay as they are. For whoever asked, and for
    /// everybody who may carry the move out. Fails with `invalidArgument` without a reason, with `forbidden`, and with
    /// `conflict` for a promotion that is decided, which says what it is.
    package func withdraw(_ id: String, reason: String, by caller: Caller) async throws -> Promotion {
        try Reason.check(reason, for: "To withdraw a promotion")
        return try await evaluations.store.write { tx in
            let promotion = try tx.requiredPromotion(id)
            guard try mayWithdraw(promotion, caller, tx) else {
                let permission = try permission(for: promotion, tx)
                throw GatehouseError(
                    .forbidden,
                    "\(caller.principal) may not withdraw \(id): whoever asked for it may, and who has \(permission.neededRole).",
                    hint: permission.remedy(for: caller.principal))
            }
            guard !promotion.state.isDecided else {
                throw GatehouseError(
                    .conflict, "The promotion \(id) is \(promotion.state.rawValue) already, so there is nothing to withdraw.",
                    hint: "gatehouse promotion show \(id)")
            }
            let now = evaluations.now()
            try tx.append(
                AuditDraft(
                    id: evaluations.ids(), time: now, principal: caller.principal, action: .promotionWithdrawn,
                    model: promotion.model, version: promotion.version, reason: reason,
                    people: ["requested_by": promotion.requestedBy],
                    facts: .object([
                        "promotion": .string(id), "to": .string(promotion.to.rawValue),
                        "slot": promotion.to == .production ? .string(promotion.slot.description) : .null,
                        "evaluation": promotion.evaluationID.map { .string($0) } ?? .null,
                        "was": .string(promotion.state.rawValue),
                    ])))
            try desk.voidRest(of: promotion, because: "the promotion was withdrawn", at: now, tx)
            try tx.withdraw(id, by: caller.principal, because: reason, at: now)
            return try tx.requiredPromotion(id)
        }
    }

    /// Whether somebody may take a promotion back, as long as it is not decided.
    package func mayWithdraw(_ promotion: Promotion, _ caller: Caller, _ tx: SQLTransaction) throws -> Bool {
        try promotion.requestedBy == caller.principal || caller.grants.allows(permission(for: promotion, tx))
    }

    /// What it takes to make the move that a promotion asks for. A version that is gone is taken to be in None.
    private func permission(for promotion: Promotion, _ tx: SQLTransaction) throws -> Permission {
        let from = try tx.version(promotion.version, of: promotion.model)?.stage ?? .none
        return .transition(
            promotion.model, StageTransition(from: from, to: promotion.to), environment: promotion.slot.environment,
            segment: promotion.slot.segment)
    }
}
