import Access
import AuditLog
import GatehouseCore
import Hummingbird
import Promotions
import Storage
import WireAPI

struct BreakGlassRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.post("models/:model/versions/:version/break-glass") { request, context in
            let call: BreakGlassCall = try await request.decode()
            let slot = try Slot.named(context.model(), environment: call.environment, segment: call.segment)
            let asked = try await services.breakGlass.request(
                context.version(), into: slot, incident: call.incident ?? "", reason: call.reason ?? "",
                by: context.authenticated())
            return try await Response.json(services.store.read { tx in try answer(asked, tx) }, status: .accepted)
        }
        group.get("break-glass") { request, context in
            _ = try context.caller(who: .read)
            let model = try request.text("model").map { try ModelName($0) }
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let items = try await services.store.read { tx in
                try tx.breakGlasses(of: model, limit: limit).map { try answer($0, tx) }
            }
            return try Response.json(PageAnswer(items: items))
        }
        group.post("break-glass/:id/second") { _, context in
            let caller = try context.caller(who: .read)
            let id = try context.segment("id")
            _ = try await services.breakGlass.second(id, by: caller)
            let shown = try await services.store.read { tx in
                guard let used = try tx.breakGlass(id: id) else {
                    throw GatehouseError(.internalFailure, "The break-glass \(id) was not written.")
                }
                return try answer(used, tx)
            }
            return try Response.json(shown)
        }
    }

    private func answer(_ asked: BreakGlass, _ tx: SQLTransaction) throws -> BreakGlassAnswer {
        let entry = try tx.auditEntry(sequence: asked.requestEntry)
        let review = try asked.usedEntry.flatMap { try tx.afterTheFactReview(ofEntry: $0) }
        return BreakGlassAnswer(
            id: asked.id, state: asked.state(at: services.now()).rawValue, modelName: asked.slot.model.text,
            modelVersion: asked.version.value, slot: asked.slot.description, reason: entry?.reason ?? "",
            incident: entry?.texts["incident"] ?? "", artifactDigest: asked.artifact.description,
            requestedBy: asked.requestedBy.text, requestedAt: asked.requested.description,
            expiresAt: asked.expires.description, secondedBy: asked.secondedBy?.text, usedAt: asked.used?.description,
            auditSequence: asked.usedEntry, review: try review.map { try AfterReviewAnswer($0, tx) })
    }
}
