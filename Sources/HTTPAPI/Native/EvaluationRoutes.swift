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
    }
}
