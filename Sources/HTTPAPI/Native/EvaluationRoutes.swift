import Access
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
            let name = try context.model()
            let caller = try context.caller(who: .evaluate(name))
            let evaluation = try await services.evaluations.open(name, context.version(), by: caller.principal)
            services.wake()
            return try Response.json(EvaluationAnswer(evaluation, progress: []), status: .accepted)
        }
        group.get("models/:model/versions/:version/evaluations") { request, context in
            _ = try context.caller(who: .read)
            let (name, number) = try (context.model(), context.version())
            let limit = try request.integer("limit", default: 20, in: 1...1000)
            let found = try await services.store.read { tx in
                _ = try tx.requiredVersion(number, of: name)
                return try tx.evaluations(of: name, version: number, limit: limit).map { evaluation in
                    EvaluationAnswer(
                        evaluation, progress: [], waived: try services.transitions.waivedChecks(evaluation, tx))
                }
            }
            return try Response.json(PageAnswer(items: found))
        }
        group.get("evaluations/:id") { _, context in
            _ = try context.caller(who: .read)
            let id = try context.segment("id")
            let progress = services.evaluations.progress.steps(of: id)
            let answer = try await services.store.read { tx in
                guard let evaluation = try tx.evaluation(id: id) else {
                    throw GatehouseError(.notFound, "There is no evaluation '\(id)'.")
                }
                return EvaluationAnswer(
                    evaluation, progress: progress, waived: try services.transitions.waivedChecks(evaluation, tx))
            }
            return try Response.json(answer)
        }
    }
}
