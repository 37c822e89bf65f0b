import Access
import AuditLog
import GatehouseCore
import Hummingbird
import Storage
import WireAPI

struct AuditRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.get("audit") { request, context in
            _ = try context.caller(who: .readAudit)
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let after = try request.integer("after", default: 0, in: 0...Int.max)
            let model = try request.text("model").map { try ModelName($0) }
            let version = try request.text("version").map { try VersionNumber(parsing: $0) }
            let found = try await services.store.read { tx in
                try tx.auditEntries(.init(model: model, version: version), after: Int64(after), limit: limit)
            }
            let next = found.count == limit ? found.last.map { String($0.sequence) } : nil
            return try Response.json(PageAnswer(items: found.map { AuditAnswer($0) }, nextPageToken: next))
        }
    }
}
