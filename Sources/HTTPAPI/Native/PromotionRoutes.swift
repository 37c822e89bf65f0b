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
        group.get("promotions/:id") { _, context in
            _ = try context.caller(who: .read)
            return try await Response.json(answer(context.segment("id")))
        }
    }

    private func answer(_ id: String) async throws -> PromotionAnswer {
        try await services.store.read { tx in
            guard let promotion = try tx.promotion(id: id) else {
                throw GatehouseError(.notFound, "There is no promotion '\(id)'.")
            }
            let evaluation = try promotion.evaluationID.flatMap { try tx.evaluation(id: $0) }
            return PromotionAnswer(
                promotion, evaluation: evaluation, reviews: try tx.reviews(of: id),
                waived: try evaluation.map { try services.transitions.waivedChecks($0, tx) } ?? [])
        }
    }
}
