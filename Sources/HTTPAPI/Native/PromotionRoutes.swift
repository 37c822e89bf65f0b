import Access
import GatehouseCore
import Hummingbird
import Promotions
import Registry
import Storage
import WireAPI

struct PromotionRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.post("models/:model/versions/:version/promotions") { request, context in
            let call: PromoteCall = try await request.decode()
            let model = try context.model()
            let promotion = try await services.promotions.open(
                model, context.version(), to: Stage(parsing: call.to),
                in: Slot.named(model, environment: call.environment, segment: call.segment), by: context.authenticated(),
                reason: call.reason, idempotencyKey: call.idempotencyKey)
            services.wake()
            return try await Response.json(answer(promotion.id), status: promotion.state.isDecided ? .ok : .accepted)
        }
        group.get("promotions") { request, context in
            _ = try context.caller(who: .read)
            let filter = PromotionFilter(
                model: try request.text("model").map { try ModelName($0) },
                version: try request.text("version").map { try VersionNumber(parsing: $0) },
                states: try request.text("state").map { try Promotion.State.named($0) } ?? [])
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let found = try await services.store.read { tx in try tx.promotions(filter, limit: limit) }
            return try Response.json(PageAnswer(items: found.map { PromotionSummary($0) }))
        }
        group.get("promotions/:id") { _, context in
            _ = try context.caller(who: .read)
            return try await Response.json(answer(context.segment("id")))
        }
        group.post("promotions/:id/withdraw") { request, context in
            let caller = try context.caller(who: .read)
            let call: ReasonCall = try await request.decode()
            let withdrawn = try await services.promotions.withdraw(
                context.segment("id"), reason: call.reason, by: caller)
            return try await Response.json(answer(withdrawn.id))
        }
    }

    private func answer(_ id: String) async throws -> PromotionAnswer {
        try await services.store.read { tx in
            let promotion = try tx.requiredPromotion(id)
            let evaluation = try promotion.evaluationID.flatMap { try tx.evaluation(id: $0) }
            return PromotionAnswer(
                promotion, evaluation: evaluation, reviews: try tx.reviews(of: id),
                waived: try evaluation.map { try services.transitions.waivedChecks($0, tx) } ?? [])
        }
    }
}
