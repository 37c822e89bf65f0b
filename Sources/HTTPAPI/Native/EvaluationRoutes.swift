import GatehouseCore
import Hummingbird
import Promotions
import Registry
import Storage
import WireAPI

struct EvaluationRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.post("models/:model/versions/:version/evaluations") { _, context in
            let evaluation = try await services.evaluations.open(context.model(), context.version(), by: context.caller())
            services.wake()
            return try Response.json(EvaluationAnswer(evaluation, progress: []), status: .accepted)
        }
        group.get("models/:model/versions/:version/evaluations") { request, context in
            let (name, number) = try (context.model(), context.version())
            let limit = try request.integer("limit", default: 20, in: 1...1000)
            let found = try await services.store.read { tx in
                _ = try tx.requiredVersion(number, of: name)
                return try tx.evaluations(of: name, version: number, limit: limit)
            }
            return try Response.json(PageAnswer(items: found.map { EvaluationAnswer($0, progress: []) }))
        }
        group.get("evaluations/:id") { _, context in
            let id = try context.segment("id")
            guard let evaluation = try await services.store.read({ tx in try tx.evaluation(id: id) }) else {
                throw GatehouseError(.notFound, "There is no evaluation '\(id)'.")
            }
            return try Response.json(EvaluationAnswer(evaluation, progress: services.evaluations.progress.steps(of: id)))
        }
        group.post("models/:model/versions/:version/promotions") { request, context in
            let call: PromoteCall = try await request.decode()
            let promotion = try await services.promotions.open(
                context.model(), context.version(), to: Stage(parsing: call.to), by: context.caller(),
                idempotencyKey: call.idempotencyKey)
            services.wake()
            return try await Response.json(answer(promotion.id), status: promotion.state == .evaluating ? .accepted : .ok)
        }
        group.get("promotions/:id") { _, context in try await Response.json(answer(context.segment("id"))) }
    }

    private func answer(_ id: String) async throws -> PromotionAnswer {
        try await services.store.read { tx in
            guard let promotion = try tx.promotion(id: id) else {
                throw GatehouseError(.notFound, "There is no promotion '\(id)'.")
            }
            return PromotionAnswer(promotion, evaluation: try promotion.evaluationID.flatMap { try tx.evaluation(id: $0) })
        }
    }
}
