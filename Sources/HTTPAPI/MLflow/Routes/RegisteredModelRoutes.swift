import Access
import GatehouseCore
import Registry
import Storage
import WireAPI

/// MLflow's calls about registered models.
struct RegisteredModelRoutes {
    static let pageEntriesMax = 1000
    static let pageEntriesDefault = 100

    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        addReads(to: routes)
        addChanges(to: routes)
        addTags(to: routes)
    }

    private func addReads(to routes: MLflowRouteTable) {
        routes.get("registered-models/get") { call in
            try call.caller.require(.read)
            let name = try call.fields.modelName()
            return try await services.answers.answer(to: call) { .model(try await summary(of: name)) }
        }
        routes.get("registered-models/search") { call in
            try call.caller.require(.read)
            let request = try SearchRequest(
                .registeredModels, filter: call.fields.text("filter") ?? "", orderBy: call.fields.texts("order_by"),
                pageToken: call.fields.text("page_token"),
                limit: call.fields.pageSize(default: Self.pageEntriesDefault, max: Self.pageEntriesMax))
            let page = try await services.store.read { tx in try tx.searchModels(request) }
            return MLflowAnswer.object(capacity: 512 * (page.found.count + 1)) {
                $0.member("registered_models", unlessEmpty: page.found) { MLflowRegisteredModel($1).write(to: &$0) }
                $0.member("next_page_token", page.nextPageToken)
            }
        }
        routes.getOrPost("registered-models/get-latest-versions") { call in
            try call.caller.require(.read)
            let name = try call.fields.modelName()
            let stages = try call.fields.texts("stages").map { try call.fields.stage($0).rawValue }
            return try await services.answers.answer(to: call) {
                let latest = try await services.store.read { tx in
                    _ = try tx.requiredModel(name)
                    return try tx.latestSummaries(of: [name.text])[name.text] ?? []
                }
                let wanted = stages.isEmpty ? latest : latest.filter { stages.contains($0.stage) }
                return MLflowAnswer.object {
                    $0.member("model_versions", unlessEmpty: wanted) { MLflowModelVersion($1).write(to: &$0) }
                }
            }
        }
    }

    private func addChanges(to routes: MLflowRouteTable) {
        routes.post("registered-models/create") { call in
            let name = try call.fields.modelName()
            try call.caller.require(.register(name))
            _ = try await services.registry.createModel(
                name, description: call.fields.text("description") ?? "", tags: call.fields.tags(), by: call.caller.principal)
            return .model(try await summary(of: name))
        }
        routes.patch("registered-models/update") { call in
            let name = try call.fields.modelName()
            try call.caller.require(.register(name))
            _ = try await services.registry.updateModel(
                name, description: call.fields.text("description") ?? "", by: call.caller.principal)
            return .model(try await summary(of: name))
        }
        routes.post("registered-models/rename") { call in
            let (name, newName) = try (call.fields.modelName(), call.fields.modelName("new_name"))
            try call.caller.require(.register(name))
            try call.caller.require(.register(newName))
            _ = try await services.registry.renameModel(name, to: newName, by: call.caller.principal)
            return .model(try await summary(of: newName))
        }
        routes.delete("registered-models/delete") { call in
            let name = try call.fields.modelName()
            try call.caller.require(.delete(name))
            try await services.registry.deleteModel(name, by: call.caller.principal)
            return .empty
        }
    }

    private func addTags(to routes: MLflowRouteTable) {
        routes.post("registered-models/set-tag") { call in
            let name = try call.fields.modelName()
            try call.caller.require(.register(name))
            try await services.registry.setTag(
                call.fields.tagKey(), call.fields.text("value") ?? "", of: name, by: call.caller.principal)
            return .empty
        }
        routes.delete("registered-models/delete-tag") { call in
            let name = try call.fields.modelName()
            try call.caller.require(.register(name))
            try await services.registry.deleteTag(call.fields.tagKey(), of: name, by: call.caller.principal)
            return .empty
        }
    }

    private func summary(of name: ModelName) async throws -> ModelSummary {
        try await services.store.read { tx in try tx.requiredSummary(of: name) }
    }
}
