import GatehouseCore
import Storage

extension WebhookService {
    /// A page of a webhook's deliveries, newest first. `before` is the event of the last one seen. Fails with `notFound`.
    package func deliveries(
        of id: String, _ state: Delivery.State? = nil, before: Int64 = .max, limit: Int
    ) async throws -> [Delivery] {
        try await fanOut()
        return try await store.read { tx in
            _ = try tx.requiredWebhook(id: id)
            return try tx.deliveries(ofWebhook: id, state, before: before, limit: limit)
        }
    }

    /// One delivery with what is kept of its attempts, oldest first. Fails with `notFound`.
    package func delivery(_ delivery: String, of id: String) async throws -> (delivery: Delivery, attempts: [DeliveryAttempt]) {
        try await store.read { tx in
            _ = try tx.requiredWebhook(id: id)
            return (try tx.requiredDelivery(delivery, ofWebhook: id), try tx.attempts(ofDelivery: delivery))
        }
    }

    /// Makes deliveries of the events that happened until now, as the deliverer does after a commit: whoever asks for the log sees
    /// what waits from the answer to the change on.
    func fanOut() async throws {
        if try await store.fanOut(ids: uuids) { wake() }
    }
}

extension SQLTransaction {
    /// Fails with `notFound`: there is none of this webhook with this id.
    func requiredDelivery(_ id: String, ofWebhook webhook: String) throws -> Delivery {
        guard let delivery = try delivery(id, ofWebhook: webhook) else {
            throw GatehouseError(
                .notFound, "The webhook has no delivery '\(id.prefix(80))'.",
                hint: "List them: gatehouse webhook deliveries \(webhook)")
        }
        return delivery
    }
}
