import Access
import GatehouseCore
import Hummingbird
import Registry
import Storage
import WireAPI

struct PipelineRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.post("pipelines/:name/versions") { request, context in
            let caller = try context.caller(who: .editReferenceData)
            let call: AddPipelineCall = try await request.decode()
            let added = try await services.registry.addPipeline(
                context.segment("name"), schema: FieldSchema.list(call.schema, in: "the pipeline schema"), by: caller.principal)
            return try Response.json(PipelineAnswer(added), status: .created)
        }
        group.get("pipelines") { request, context in
            _ = try context.caller(who: .read)
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let after = request.text("page_token") ?? ""
            let found = try await services.store.read { tx in try tx.pipelines(after: after, limit: limit) }
            let next = found.count == limit ? found.last?.name : nil
            return try Response.json(PageAnswer(items: found.map { PipelineAnswer($0) }, nextPageToken: next))
        }
        group.get("pipelines/:name") { _, context in
            _ = try context.caller(who: .read)
            let reference = try NamedVersion(parsing: context.segment("name"))
            return try await Response.json(PipelineAnswer(services.store.read { tx in try tx.pipeline(reference) }))
        }
        group.post("pipelines/:name/versions/:version/activate") { _, context in
            let caller = try context.caller(who: .editReferenceData)
            let active = try await services.registry.activatePipeline(
                context.segment("name"), context.version(), by: caller.principal)
            return try Response.json(PipelineAnswer(active))
        }
    }
}
