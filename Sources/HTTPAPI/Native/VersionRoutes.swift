import Access
import GatehouseCore
import Hummingbird
import Promotions
import Registry
import Storage
import WireAPI

struct VersionRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.post("models/:model/versions") { request, context in
            let call: CreateVersionCall = try await request.decode()
            let name = try context.model()
            let caller = try context.caller(who: .register(name))
            let version = try await services.registrations.register(registration(call, name), by: caller.principal)
            return try await Response.json(services.version(name, version.number), status: .created)
        }
        group.get("models/:model/versions") { request, context in
            _ = try context.caller(who: .read)
            let name = try context.model()
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let before = try request.text("page_token").map { try VersionNumber(parsing: $0) }
            let page = try await services.store.read { tx in
                _ = try tx.requiredModel(name)
                return try tx.versions(of: name, before: before, limit: limit).map { VersionAnswer($0, manifest: nil) }
            }
            let next = page.count == limit ? page.last.map { String($0.version) } : nil
            return try Response.json(PageAnswer(items: page, nextPageToken: next))
        }
        group.get("models/:model/versions/:version") { _, context in
            let (name, number) = try (context.model(), context.version())
            try await services.requireReading(number, of: name, by: context.authenticated())
            return try await Response.json(services.version(name, number))
        }
        group.delete("models/:model/versions/:version") { _, context in
            let name = try context.model()
            let caller = try context.caller(who: .delete(name))
            try await services.registry.deleteVersion(context.version(), of: name, by: caller.principal)
            return Response(status: .noContent)
        }
        group.put("models/:model/versions/:version/tags/:key") { request, context in
            let name = try context.model()
            let caller = try context.caller(who: .register(name))
            let call: SetTagCall = try await request.decode()
            try await services.registry.setTag(
                TagKey(context.segment("key")), call.value, of: context.version(), model: name, by: caller.principal)
            return try await Response.json(services.version(name, context.version()))
        }
        group.delete("models/:model/versions/:version/tags/:key") { _, context in
            let name = try context.model()
            let caller = try context.caller(who: .register(name))
            try await services.registry.deleteTag(
                TagKey(context.segment("key")), of: context.version(), model: name, by: caller.principal)
            return Response(status: .noContent)
        }
        group.post("models/:model/versions/:version/transitions") { request, context in
            let call: TransitionCall = try await request.decode()
            return try await Response.json(transition(call, context))
        }
        group.post("models/:model/versions/:version/adopt") { request, context in
            let caller = try context.admin()
            let call: AdoptCall = try await request.decode()
            let (name, number) = try (context.model(), context.version())
            let slot = try Slot.named(name, environment: call.environment, segment: call.segment)
            try await services.adoptions.adopt(number, into: slot, reason: call.reason, by: caller.principal)
            return try await Response.json(services.version(name, number))
        }
    }

    private func registration(_ call: CreateVersionCall, _ name: ModelName) throws -> VersionRequest {
        let files = try call.files.map { ArtifactFile(path: $0.path, digest: try Digest(parsing: $0.digest), bytes: $0.bytes) }
        return VersionRequest(
            model: name, source: call.source ?? "", manifest: files.isEmpty ? nil : try ArtifactManifest(files),
            signature: try call.signature.map { try ModelSignature(json: $0) }, runID: call.runID,
            description: call.description ?? "",
            tags: call.tags, idempotencyKey: call.idempotencyKey)
    }

    private func transition(_ call: TransitionCall, _ context: APIContext) async throws -> TransitionAnswer {
        let model = try context.model()
        let slot: Slot? =
            call.environment == nil && call.segment == nil
            ? nil : try Slot.named(model, environment: call.environment, segment: call.segment)
        let request = TransitionRequest(
            model: model, version: try context.version(), to: try Stage(parsing: call.to), slot: slot,
            by: try context.authenticated(), reason: call.reason,
            expectedStage: try call.expectedStage.map { try Stage(parsing: $0) },
            archivesExisting: call.archiveExistingVersions ?? false, idempotencyKey: call.idempotencyKey)
        let outcome = try await services.transitions.transition(request)
        return TransitionAnswer(
            modelName: request.model.text, version: request.version.value, from: outcome.from.rawValue, to: outcome.to.rawValue,
            displaced: outcome.displaced.map(\.value), warnings: outcome.unmet.map { "not enforced: \($0.what)" })
    }
}
