import Access
import AuditLog
import GatehouseCore
import Hummingbird
import Promotions
import Storage
import WireAPI

/// Rollback, and the reviews after the fact that it and break-glass open.
struct RollbackRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.post("models/:model/rollback") { request, context in
            let call: RollbackCall = try await request.decode()
            let slot = try Slot.named(context.model(), environment: call.environment, segment: call.segment)
            let review = try await services.rollbacks.rollBack(
                RollbackRequest(
                    slot: slot, to: call.to.map { try VersionNumber($0) }, reason: call.reason,
                    idempotencyKey: call.idempotencyKey, by: context.authenticated()))
            return try await Response.json(services.store.read { tx in try AfterReviewAnswer(review, tx) })
        }
        group.get("after-reviews") { request, context in
            _ = try context.caller(who: .read)
            let model = try request.text("model").map { try ModelName($0) }
            let onlyOpen = request.text("open") == "true"
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let items = try await services.store.read { tx in
                try tx.afterTheFactReviews(of: model, onlyOpen: onlyOpen, limit: limit).map { try AfterReviewAnswer($0, tx) }
            }
            return try Response.json(PageAnswer(items: items))
        }
        group.post("after-reviews/:id/close") { request, context in
            let caller = try context.caller(who: .read)
            let call: FindingCall = try await request.decode()
            let review = try await services.afterReviews.close(
                context.segment("id"), finding: call.finding, by: caller)
            return try await Response.json(services.store.read { tx in try AfterReviewAnswer(review, tx) })
        }
    }
}

extension AfterReviewAnswer {
    /// With the words that stand in the audit entries.
    init(_ review: AfterTheFactReview, _ tx: SQLTransaction) throws {
        let deed = try tx.auditEntry(sequence: review.auditSequence)
        self.init(
            id: review.id, kind: review.kind.rawValue, state: review.isOpen ? "open" : "closed",
            modelName: review.slot.model.text, modelVersion: review.version.value, previousVersion: review.previous?.value,
            slot: review.slot.description, actedBy: review.actedBy.text, secondedBy: review.secondedBy?.text,
            reason: deed?.reason ?? "", incident: deed?.texts["incident"], openedAt: review.opened.description,
            auditSequence: review.auditSequence, closedBy: review.closedBy?.text, closedAt: review.closed?.description,
            finding: try review.closeEntry.flatMap { try tx.auditEntry(sequence: $0)?.reason })
    }
}
