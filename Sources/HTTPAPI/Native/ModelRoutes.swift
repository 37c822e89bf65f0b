import Access
import GatehouseCore
import Hummingbird
import Promotions
import Registry
import Storage
import WireAPI

struct ModelRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.post("models") { request, context in
            let call: CreateModelCall = try await request.decode()
            let name = try ModelName(call.name)
            let caller = try context.caller(who: .register(name))
            let model = try await services.registry.createModel(
                name, description: call.description ?? "", by: caller.principal)
            return try Response.json(ModelAnswer(model, versionCount: 0), status: .created)
        }
        group.get("models") { request, context in
            _ = try context.caller(who: .read)
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let after = try request.text("page_token").map { try ModelName($0) }
            let page = try await services.store.read { tx in
                try tx.models(after: after, limit: limit).map { model in
                    ModelAnswer(model, versionCount: try tx.versionCount(of: model.name))
                }
            }
            return try Response.json(PageAnswer(items: page, nextPageToken: page.count == limit ? page.last?.name : nil))
        }
        group.get("models/:model") { _, context in
            _ = try context.caller(who: .read)
            let name = try context.model()
            return try await Response.json(
                services.store.read { tx in
                    ModelAnswer(try tx.requiredModel(name), versionCount: try tx.versionCount(of: name))
                })
        }
        group.put("models/:model/aliases/:alias") { request, context in
            let call: SetAliasCall = try await request.decode()
            let (name, alias, version) = try (context.model(), Alias(context.segment("alias")), VersionNumber(call.version))
            try await services.aliases.set(alias, of: name, to: version, reason: call.reason, by: context.authenticated())
            return try await Response.json(services.version(name, version))
        }
        group.delete("models/:model/aliases/:alias") { _, context in
            try await services.aliases.delete(
                Alias(context.segment("alias")), of: context.model(), by: context.authenticated())
            return Response(status: .noContent)
        }
        group.get("models/:model/history") { request, context in
            _ = try context.caller(who: .read)
            let name = try context.model()
            let slot = try Slot.named(name, environment: request.text("environment"), segment: request.text("segment"))
            let at = try request.text("at").map { try Timestamp(parsing: $0) }
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            return try await Response.json(PageAnswer(items: services.history(of: slot, at: at, limit: limit)))
        }
    }
}
