import Access
import AuditLog
import GatehouseCore
import Hummingbird
import Promotions
import Storage
import WireAPI

/// The log as a list, as files that are checked elsewhere, and as answers.
struct AuditRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.get("audit") { request, context in
            _ = try context.caller(who: .readAudit)
            return try await Response.json(log(request))
        }
        group.get("audit/bundle") { request, context in
            _ = try context.caller(who: .readAudit)
            return try await Response.json(bundle(request))
        }
        group.get("models/:model/versions/:version/why") { request, context in
            _ = try context.caller(who: .readAudit)
            return try await Response.json(explanation(request, context).json)
        }
        group.get("models/:model/versions/:version/evidence-packs/:pack") { request, context in
            _ = try context.caller(who: .readAudit)
            let pack = try EvidencePack.named(context.segment("pack"))
            return try await Response.json(Dossier(pack, explanation(request, context)).json)
        }
        group.post("users/:user/erasure") { request, context in
            let caller = try context.caller(who: .administer)
            let call: EraseCall = try await request.decode()
            let erasure = try await services.erasures.erase(
                user: context.segment("user"), reason: call.reason, by: caller.principal)
            return try Response.json(ErasureAnswer(erasure))
        }
    }

    /// Oldest first behind `after`, or newest first before `before`.
    private func log(_ request: Request) async throws -> PageAnswer<AuditAnswer> {
        let filter = try AuditFilter(request.text)
        let limit = try request.integer("limit", default: 100, in: 1...1000)
        let isNewestFirst = try request.flag("newest_first")
        let after = try request.integer("after", default: 0, in: 0...Int.max)
        let before = try request.integer("before", default: Int.max, in: 1...Int.max)
        let found = try await services.store.read { tx in
            isNewestFirst
                ? try tx.auditEntries(filter, before: Int64(before), limit: limit)
                : try tx.auditEntries(filter, after: Int64(after), limit: limit)
        }
        let next = found.count == limit ? found.last.map { String($0.sequence) } : nil
        return PageAnswer(items: found.map { AuditAnswer($0) }, nextPageToken: next)
    }

    private func bundle(_ request: Request) async throws -> BundlePageAnswer {
        let filter = try AuditFilter(request.text)
        let withoutTexts = try request.flag("without_texts")
        if try request.flag("explain"), let model = filter.model, let version = filter.version {
            let lines = try await services.bundles.explaining(model, version, withTexts: !withoutTexts)
            return BundlePageAnswer(lines: lines.map(\.text), nextPageToken: nil)
        }
        let limit = try request.integer("limit", default: 200, in: 1...BundlePages.entriesPerPageMax)
        let token = try request.text("page_token").map { try BundleToken(parsing: $0) }
        let page = try await services.bundles.page(
            filter, after: token?.after ?? 0, size: token?.size, limit: limit, withTexts: !withoutTexts)
        return BundlePageAnswer(
            lines: page.lines.map(\.text), nextPageToken: page.next.map { BundleToken(after: $0.after, size: $0.size).text })
    }

    private func explanation(_ request: Request, _ context: APIContext) async throws -> Explanation {
        let (model, version) = try (context.model(), context.version())
        let at = try request.text("at").map { try Timestamp(parsing: $0) }
        let found = try await services.store.read { tx in try tx.explanation(of: version, model: model, at: at) }
        guard !found.entries.isEmpty else {
            throw GatehouseError(
                .notFound, "The audit log has no entry about \(model) v\(version)\(at.map { " up to \($0)" } ?? "").")
        }
        return found
    }
}

/// Where the next page of a bundle begins, and in which tree its proofs are: `12.40`.
private struct BundleToken {
    let after: Int64
    let size: Int64

    init(after: Int64, size: Int64) {
        self.after = after
        self.size = size
    }

    init(parsing text: String) throws(GatehouseError) {
        let parts = text.split(separator: ".").map { Int64($0) }
        guard parts.count == 2, let after = parts[0], let size = parts[1], after >= 0, size >= 0 else {
            throw GatehouseError(.invalidArgument, "'\(text.prefix(80))' is no page token of an audit bundle.")
        }
        self.init(after: after, size: size)
    }

    var text: String { "\(after).\(size)" }
}

extension ErasureAnswer {
    fileprivate init(_ erasure: Erasure) {
        self.init(
            standIn: erasure.standIn.text, texts: Int64(erasure.texts), rows: Int64(erasure.rows),
            hadAccount: erasure.hadAccount,
            remaining: erasure.remaining.map { Remainder(place: $0.place, rows: $0.rows, reason: $0.reason) },
            auditSequence: erasure.auditSequence)
    }
}
