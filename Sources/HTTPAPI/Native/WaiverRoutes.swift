import Access
import GatehouseCore
import Hummingbird
import Promotions
import Storage
import WireAPI

struct WaiverRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.post("models/:model/versions/:version/waivers") { request, context in
            let call: WaiverCall = try await request.decode()
            let waiver = try await services.waivers.request(
                call.check, of: context.model(), context.version(), days: call.days, reason: call.reason,
                by: context.authenticated())
            return try await Response.json(answer(waiver), status: .created)
        }
        group.get("waivers") { request, context in
            _ = try context.caller(who: .read)
            let model = try request.text("model").map { try ModelName($0) }
            let version = try request.text("version").map { try VersionNumber(parsing: $0) }
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let items = try await services.store.read { tx in
                try tx.waivers(of: model, version: version, limit: limit).map {
                    WaiverAnswer(try services.transitions.record(of: $0, tx))
                }
            }
            return try Response.json(PageAnswer(items: items))
        }
        group.get("waivers/:id") { _, context in
            _ = try context.caller(who: .read)
            let id = try context.segment("id")
            guard let waiver = try await services.store.read({ tx in try tx.waiver(id: id) }) else {
                throw GatehouseError(.notFound, "There is no waiver '\(id)'.", hint: "gatehouse waiver list")
            }
            return try await Response.json(answer(waiver))
        }
        group.post("waivers/:id/approve") { request, context in
            let caller = try context.caller(who: .read)
            let call: ApproveWaiverCall = try await request.decode()
            let waiver = try await services.waivers.approve(
                context.segment("id"), comment: call.comment ?? "", by: caller)
            return try await Response.json(answer(waiver))
        }
        group.post("waivers/:id/revoke") { request, context in
            let caller = try context.caller(who: .read)
            let call: ReasonCall = try await request.decode()
            let waiver = try await services.waivers.revoke(
                context.segment("id"), reason: call.reason, by: caller)
            return try await Response.json(answer(waiver))
        }
    }

    private func answer(_ waiver: Waiver) async throws -> WaiverAnswer {
        try await services.store.read { tx in WaiverAnswer(try services.transitions.record(of: waiver, tx)) }
    }
}

extension WaiverAnswer {
    init(_ record: WaiverRecord) {
        let waiver = record.waiver
        self.init(
            id: waiver.id, modelName: waiver.model.text, modelVersion: waiver.version.value, check: waiver.check,
            verdict: waiver.verdict.rawValue, state: record.state.rawValue, voidReason: record.difference,
            reason: record.reason, evaluationID: waiver.evaluation, artifactDigest: waiver.artifact.description,
            requestedBy: waiver.requestedBy.text, requestedAt: waiver.requested.description,
            approvals: waiver.approvals.map {
                WaiverApprovalAnswer(by: $0.by.text, at: $0.at.description, auditSequence: $0.auditSequence)
            },
            approvalsRequired: Waiver.approvalsRequired, activeSince: waiver.activeSince?.description,
            expiresAt: waiver.expires.description, revokedBy: waiver.revokedBy?.text, revokedAt: waiver.revoked?.description,
            auditSequence: waiver.requestEntry)
    }
}
