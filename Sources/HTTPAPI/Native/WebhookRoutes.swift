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
            let webhook = try await services.webhooks.create(
                name: call.name, url: call.url, events: EventType.list(call.events), description: call.description,
                secret: call.secret, status: Webhook.Status.named(call.status), by: caller.principal)
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
                events: try call.events.map { try EventType.list($0) },
                secret: call.secret, status: try Webhook.Status.named(call.status))
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
        group.get("webhooks/:webhook/deliveries") { request, context in
            _ = try context.caller(who: .manageWebhooks)
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let before = try request.integer("page_token", default: .max, in: 0...Int.max)
            let id = try context.segment("webhook")
            let found = try await services.store.read { tx in
                _ = try tx.requiredWebhook(id: id)
                return try tx.deliveries(ofWebhook: id, before: Int64(before), limit: limit)
            }
            let next = found.count == limit ? found.last.map { String($0.event) } : nil
            return try Response.json(PageAnswer(items: found.map { DeliveryAnswer($0) }, nextPageToken: next))
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

extension Webhook.Status {
    fileprivate static func named(_ text: String?) throws(GatehouseError) -> Webhook.Status? {
        guard let text else { return nil }
        guard let status = Webhook.Status(rawValue: text.uppercased()) else {
            throw GatehouseError(.invalidArgument, "A webhook is ACTIVE or DISABLED, not '\(text.prefix(80))'.")
        }
        return status
    }
}

extension WebhookAnswer {
    init(_ webhook: Webhook) {
        self.init(
            id: webhook.id, name: webhook.name, url: webhook.url, events: webhook.events.map(\.rawValue),
            description: webhook.description, status: webhook.status.rawValue, isSigned: webhook.isSigned,
            disabledBecause: webhook.disabledBecause, createdAt: webhook.created.description,
            createdBy: webhook.createdBy.text, updatedAt: webhook.updated.description)
    }
}

extension DeliveryAnswer {
    init(_ delivery: Delivery) {
        self.init(
            id: delivery.id, sequence: delivery.event, event: delivery.type.rawValue, model: delivery.lane.model.text,
            state: delivery.state.rawValue, attempts: delivery.attempts, nextAttemptAt: delivery.due?.description,
            lastAttemptAt: delivery.attempted?.description, finishedAt: delivery.finished?.description,
            milliseconds: delivery.duration?.milliseconds, responseStatus: delivery.responseStatus,
            responseBody: delivery.responseBody, failure: delivery.failure)
    }
}
