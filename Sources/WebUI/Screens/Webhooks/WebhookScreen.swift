import Access
import Events
import GatehouseCore
import HTTPAPI

/// One webhook: what it is told, what was delivered, and what can be sent again.
struct WebhookScreen: Screen {
    static let deliveriesMax = 50

    let webhook: Webhook
    let deliveries: [Delivery]
    let state: Delivery.State?
    /// The event of the last delivery of this page, where there are more.
    let next: Int64?
    /// One delivery with its attempts, when it was asked for.
    let opened: (delivery: Delivery, attempts: [DeliveryAttempt])?
    /// Of a test that was asked for.
    let test: WebhookTestResult?
    /// Just made; shown this once.
    let secret: String?

    var title: [String] { [webhook.name, "Webhooks", "Settings"] }
    var place: Place { .settings }

    /// `state` shows some deliveries only; `delivery` opens one.
    static func load(
        _ page: PageRequest, test: WebhookTestResult? = nil, secret: String? = nil
    ) async throws -> WebhookScreen {
        _ = try page.caller(who: .manageWebhooks)
        let id = try page.segment("id")
        let state = try page.query("state").map { try Delivery.State.named($0) }
        let before = try page.integer("before", default: .max, in: 0...Int.max)
        let webhooks = page.services.webhooks
        let webhook = try await webhooks.webhook(id)
        let found = try await webhooks.deliveries(of: id, state, before: Int64(before), limit: deliveriesMax + 1)
        var opened: (delivery: Delivery, attempts: [DeliveryAttempt])?
        if let delivery = page.query("delivery") { opened = try await webhooks.delivery(delivery, of: id) }
        return WebhookScreen(
            webhook: webhook, deliveries: Array(found.prefix(deliveriesMax)), state: state,
            next: found.count > deliveriesMax ? found[deliveriesMax - 1].event : nil, opened: opened, test: test, secret: secret)
    }
}
