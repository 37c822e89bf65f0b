import Access
import GatehouseCore
import Hummingbird
import Promotions
import Registry
import Storage
import WireAPI

struct DatasetRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.post("datasets/:name/versions") { request, context in
            let caller = try context.caller(who: .editReferenceData)
            let call: AddDatasetCall = try await request.decode()
            let added = try await services.datasets.add(
                name: context.segment("name"), digest: Digest(parsing: call.digest), format: call.format,
                textColumns: Set(call.textColumns ?? []), by: caller.principal)
            return try Response.json(DatasetAnswer(added), status: .created)
        }
        group.get("datasets") { request, context in
            _ = try context.caller(who: .read)
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let after = request.text("page_token") ?? ""
            let found = try await services.store.read { tx in try tx.datasets(after: after, limit: limit) }
            let next = found.count == limit ? found.last?.name : nil
            return try Response.json(PageAnswer(items: found.map { DatasetAnswer($0) }, nextPageToken: next))
        }
        group.get("datasets/:name") { _, context in
            _ = try context.caller(who: .read)
            let reference = try NamedVersion(parsing: context.segment("name"))
            return try await Response.json(DatasetAnswer(services.store.read { tx in try tx.dataset(reference) }))
        }
    }
}
