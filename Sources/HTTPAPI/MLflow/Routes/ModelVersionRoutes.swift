import Access
import GatehouseCore
import Promotions
import Registry
import Storage
import WireAPI

/// MLflow's calls about versions, except those that move them.
struct ModelVersionRoutes {
    static let pageEntriesMax = 200_000
    static let pageEntriesDefault = 10_000
    /// What MLflow writes as the source of a prompt, which has no files.
    static let promptSources = ["dummy-source", "prompt-template"]

    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        addReads(to: routes)
        addChanges(to: routes)
        addTags(to: routes)
    }

    private func addReads(to routes: MLflowRouteTable) {
        routes.get("model-versions/get") { call in
            try call.caller.require(.read)
            let name = try call.fields.modelName()
            let number = try call.fields.versionNumber(of: name)
            return try await services.answers.answer(to: call) { .version(try await summary(number, of: name)) }
        }
        routes.get("model-versions/get-download-uri") { call in
            try call.caller.require(.read)
            let name = try call.fields.modelName()
            let number = try call.fields.versionNumber(call.fields.text("version") ?? "", of: name)
            let location = try await services.store.read { tx in try tx.downloadLocation(of: number, model: name) }
            return MLflowAnswer.object { $0.member("artifact_uri", location) }
        }
        routes.get("model-versions/search") { call in
            try call.caller.require(.read)
            let request = try SearchRequest(
                .modelVersions, filter: call.fields.text("filter") ?? "", orderBy: call.fields.texts("order_by"),
                pageToken: call.fields.text("page_token"),
                limit: call.fields.pageSize(default: Self.pageEntriesDefault, max: Self.pageEntriesMax))
            let page = try await services.store.read { tx in try tx.searchVersions(request) }
            return MLflowAnswer.object(capacity: 400 * (page.found.count + 1)) {
                $0.member("model_versions", unlessEmpty: page.found) { MLflowModelVersion($1).write(to: &$0) }
                $0.member("next_page_token", page.nextPageToken)
            }
        }
    }

    private func addChanges(to routes: MLflowRouteTable) {
        routes.post("model-versions/create") { call in
            let name = try call.fields.modelName()
            let source = try call.fields.requiredText("source")
            try call.caller.require(.register(name))
            let request = try await request(name, source, call.fields)
            let version = try await services.registrations.register(request, by: call.caller.principal)
            return .version(try await summary(version.number, of: name))
        }
        routes.patch("model-versions/update") { call in
            let name = try call.fields.modelName()
            try call.caller.require(.register(name))
            let number = try call.fields.versionNumber(of: name)
            _ = try await services.registry.updateVersion(
                number, of: name, description: call.fields.text("description") ?? "", by: call.caller.principal)
            return .version(try await summary(number, of: name))
        }
        routes.delete("model-versions/delete") { call in
            let name = try call.fields.modelName()
            try call.caller.require(.delete(name))
            try await services.registry.deleteVersion(
                call.fields.versionNumber(of: name), of: name, by: call.caller.principal)
            return .empty
        }
    }

    private func addTags(to routes: MLflowRouteTable) {
        routes.post("model-versions/set-tag") { call in
            let name = try call.fields.modelName()
            try call.caller.require(.register(name))
            try await services.registry.setTag(
                call.fields.tagKey(), call.fields.text("value") ?? "", of: call.fields.versionNumber(of: name), model: name,
                by: call.caller.principal)
            return .empty
        }
        routes.delete("model-versions/delete-tag") { call in
            let name = try call.fields.modelName()
            try call.caller.require(.register(name))
            try await services.registry.deleteTag(
                call.fields.tagKey(), of: call.fields.versionNumber(of: name), model: name, by: call.caller.principal)
            return .empty
        }
    }

    /// What a version is made of: a prompt has no files to look for; every other source must be one that its run or model owns.
    private func request(_ name: ModelName, _ source: String, _ fields: MLflowFields) async throws -> VersionRequest {
        try ModelRegistry.check(source, bytesMax: ModelRegistry.referenceBytesMax, what: "The source")
        var request = VersionRequest(
            model: name, source: source, runLink: try fields.text("run_link"),
            description: try fields.text("description") ?? "", tags: try fields.tags())
        let (runID, modelID) = try (fields.text("run_id"), fields.text("model_id"))
        if request.tags[SearchFilter.promptTag]?.lowercased() == "true" {
            guard Self.promptSources.contains(source) else {
                throw GatehouseError(
                    .invalidArgument,
                    "Invalid prompt source: '\(source.prefix(200))'. Prompt sources must use an MLflow placeholder.")
            }
            request.runID = runID
            return request
        }
        let resolved = try await services.store.read { tx in
            try tx.resolveSource(source, runID: runID, loggedModelID: modelID)
        }
        request.source = resolved.source
        request.runID = resolved.runID
        request.loggedModelID = resolved.loggedModelID
        request.storageLocation = resolved.storageLocation
        return request
    }

    private func summary(_ number: VersionNumber, of name: ModelName) async throws -> VersionSummary {
        try await services.store.read { tx in try tx.requiredSummary(number, of: name) }
    }
}
