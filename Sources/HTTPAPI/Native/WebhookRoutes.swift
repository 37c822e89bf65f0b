import Access
import Events
import GatehouseCore
import Hummingbird
import Storage
import WireAPI

struct WebhookRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.post("webhooks") { request, context in
            let caller = try context.caller(who: .manageWebhooks)
            let call: AddWebhookCall = try await request.decode()
            let rest = WebhookChange(
                description: call.description, target: try call.target.map { try WebhookTarget.named($0) },
                settings: call.settings, models: call.models, secret: call.secret, authorization: call.authorization,
                verifiesTLS: call.verifyTLS, status: try call.status.map { try Webhook.Status.named($0) })
            let webhook = try await services.webhooks.create(
                name: call.name, url: call.url, events: EventType.list(call.events), with: rest, by: caller.principal)
            return try Response.json(WebhookAnswer(webhook), status: .created)
        }
        group.get("webhooks") { request, context in
            _ = try context.caller(who: .manageWebhooks)
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let offset = try request.integer("page_token", default: 0, in: 0...WebhookService.webhooksMax)
            let found = try await services.store.read { tx in try tx.webhooks(offset: offset, limit: limit) }
            let next = found.count == limit ? String(offset + limit) : nil
            return try Response.json(PageAnswer(items: found.map { WebhookAnswer($0) }, nextPageToken: next))
        }
        group.get("webhooks/:webhook") { _, context in
            _ = try context.caller(who: .manageWebhooks)
            return try Response.json(WebhookAnswer(try await services.webhooks.webhook(context.segment("webhook"))))
        }
        group.patch("webhooks/:webhook") { request, context in
            let caller = try context.caller(who: .manageWebhooks)
            let call: ChangeWebhookCall = try await request.decode()
            let change = WebhookChange(
                name: call.name, description: call.description, url: call.url,
                target: try call.target.map { try WebhookTarget.named($0) }, settings: call.settings,
                events: try call.events.map { try EventType.list($0) }, models: call.models, secret: call.secret,
                authorization: call.authorization, verifiesTLS: call.verifyTLS,
                status: try call.status.map { try Webhook.Status.named($0) })
            let webhook = try await services.webhooks.update(context.segment("webhook"), change, by: caller.principal)
            return try Response.json(WebhookAnswer(webhook))
        }
        group.delete("webhooks/:webhook") { _, context in
            let caller = try context.caller(who: .manageWebhooks)
            try await services.webhooks.delete(context.segment("webhook"), by: caller.principal)
            return Response(status: .noContent)
        }
        group.post("webhooks/:webhook/test") { request, context in
            _ = try context.caller(who: .manageWebhooks)
            let call: TestWebhookCall = try await request.decode()
            let type = try call.event.map { try EventType.list([$0]) }?.first
            let result = try await services.webhooks.test(context.segment("webhook"), type)
            return try Response.json(
                WebhookTestAnswer(
                    success: result.isSuccess, responseStatus: result.status.map(Int64.init), responseBody: result.body,
                    failure: result.failure))
        }
        group.post("webhooks/:webhook/rotate") { request, context in
            let caller = try context.caller(who: .manageWebhooks)
            let call: RotateSecretCall = try await request.decode()
            let webhook = try await services.webhooks.rotate(
                context.segment("webhook"), to: call.secret, overlapSeconds: call.overlapSeconds, by: caller.principal)
            return try Response.json(WebhookAnswer(webhook))
        }
    }
}

extension EventType {
    /// Events by name. Fails with `invalidArgument`, listing what there is.
    fileprivate static func list(_ names: [String]) throws(GatehouseError) -> [EventType] {
        var types: [EventType] = []
        for name in names {
            guard let type = EventType(rawValue: name) else {
                throw GatehouseError(
                    .invalidArgument, "There is no event '\(name.prefix(80))'.",
                    hint: "Use some of: \(EventType.allCases.sorted().map(\.rawValue).joined(separator: ", "))")
            }
            types.append(type)
        }
        return types
    }
}

extension WebhookAnswer {
    init(_ webhook: Webhook) {
        self.init(
            id: webhook.id, name: webhook.name, url: webhook.url, target: webhook.target.rawValue,
            settings: webhook.settings, events: webhook.events.map(\.rawValue), models: webhook.models,
            description: webhook.description, status: webhook.status.rawValue, isSigned: webhook.isSigned,
            isAuthorized: webhook.isAuthorized, verifiesTLS: webhook.verifiesTLS,
            oldSecretUntil: webhook.oldSecretUntil?.description, disabledBecause: webhook.disabledBecause,
            letGo: webhook.letGo, restsUntil: webhook.restsUntil?.description, createdAt: webhook.created.description,
            createdBy: webhook.createdBy.text, updatedAt: webhook.updated.description)
    }
}
