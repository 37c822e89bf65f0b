import Access
import Events
import GatehouseCore
import Hummingbird
import WireAPI

/// What was sent to webhooks, and what is sent again.
struct DeliveryRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.get("webhooks/:webhook/deliveries") { request, context in
            _ = try context.caller(who: .manageWebhooks)
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let before = try request.integer("page_token", default: .max, in: 0...Int.max)
            let state = try request.text("state").map { try Delivery.State.named($0) }
            let id = try context.segment("webhook")
            let found = try await services.webhooks.deliveries(of: id, state, before: Int64(before), limit: limit)
            let next = found.count == limit ? found.last.map { String($0.event) } : nil
            return try Response.json(PageAnswer(items: found.map { DeliveryAnswer($0) }, nextPageToken: next))
        }
        group.get("webhooks/:webhook/deliveries/:delivery") { _, context in
            _ = try context.caller(who: .manageWebhooks)
            let (id, delivery) = (try context.segment("webhook"), try context.segment("delivery"))
            let found = try await services.webhooks.delivery(delivery, of: id)
            return try Response.json(
                DeliveryLogAnswer(
                    delivery: DeliveryAnswer(found.delivery), attempts: found.attempts.map { AttemptAnswer($0) }))
        }
        group.post("webhooks/:webhook/replay") { request, context in
            let caller = try context.caller(who: .manageWebhooks)
            let call: ReplayCall = try await request.decode()
            let what = Replay(
                delivery: call.delivery, from: try call.from.map { try Timestamp(parsing: $0) },
                until: try call.until.map { try Timestamp(parsing: $0) },
                states: try call.states.map { try $0.map { try Delivery.State.named($0) } })
            let done = try await services.webhooks.replay(what, of: context.segment("webhook"), by: caller.principal)
            return try Response.json(ReplayAnswer(replayed: Int64(done.count), isPartial: done.isPartial))
        }
    }
}

extension DeliveryAnswer {
    init(_ delivery: Delivery) {
        self.init(
            id: delivery.id, sequence: delivery.event, event: delivery.type.rawValue,
            occurredAt: delivery.occurred.description, model: delivery.lane.model, state: delivery.state.rawValue,
            attempts: delivery.attempts, attemptsTotal: delivery.attemptsTotal, nextAttemptAt: delivery.due?.description,
            lastAttemptAt: delivery.attempted?.description, finishedAt: delivery.finished?.description,
            milliseconds: delivery.duration?.milliseconds, responseStatus: delivery.responseStatus,
            responseBody: delivery.responseBody, failure: delivery.failure)
    }
}

extension AttemptAnswer {
    init(_ attempt: DeliveryAttempt) {
        self.init(
            number: attempt.number, startedAt: attempt.started.description, milliseconds: attempt.milliseconds,
            responseStatus: attempt.status, responseBody: attempt.body, failure: attempt.failure)
    }
}
