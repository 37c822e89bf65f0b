import AuditLog
package import GatehouseCore
package import Secrets
package import Storage

/// Makes, changes and tries webhooks. Each change is one transaction with its audit entry; the secret is in neither.
package struct WebhookService: Sendable {
    /// Each event goes to all that want it, so their number is bounded.
    package static let webhooksMax = 1000

    package let store: any SQLStore
    let sender: WebhookSender
    let key: ServerKey
    let now: @Sendable () -> Timestamp
    let ids: @Sendable () -> String
    /// New dashed UUIDs.
    let uuids: @Sendable () -> String
    /// Tells the deliverer that a webhook is active again.
    let wake: @Sendable () -> Void

    package init(
        store: any SQLStore, sender: WebhookSender, key: ServerKey, now: @escaping @Sendable () -> Timestamp,
        ids: @escaping @Sendable () -> String, uuids: @escaping @Sendable () -> String, wake: @escaping @Sendable () -> Void
    ) {
        self.store = store
        self.sender = sender
        self.key = key
        self.now = now
        self.ids = ids
        self.uuids = uuids
        self.wake = wake
    }

    /// Fails with `invalidArgument` for what a webhook cannot be and for a URL that may not be reached, with `conflict` above
    /// `webhooksMax`.
    package func create(
        name: String, url: String, events: [EventType], description: String?, secret: String?, status: Webhook.Status?,
        by principal: Principal
    ) async throws -> Webhook {
        let change = WebhookChange(
            name: name, description: description, url: url, events: events, secret: secret, status: status)
        try change.check()
        try await sender.rules.check(WebhookURL(url), sender.names)
        let (time, id) = (now(), uuids())
        let sealed = try secret.flatMap { $0.isEmpty ? nil : $0 }.map { try key.seal($0, of: id) }
        let webhook = Webhook(
            id: id, name: name, description: description, url: url, events: Set(events).sorted(), status: status ?? .active,
            isSigned: sealed != nil, disabledBecause: nil, createdBy: principal, created: time, updated: time)
        return try await store.write { tx in
            guard try tx.webhookCount() < Self.webhooksMax else {
                throw GatehouseError(
                    .conflict, "There are \(Self.webhooksMax) webhooks already.", hint: "Remove some: gatehouse webhook list")
            }
            try tx.insert(webhook, sealedSecret: sealed)
            try record(.webhookCreated, webhook, by: principal, at: time, tx)
            return webhook
        }
    }

    /// Fails as `create` does, and with `notFound`.
    package func update(_ id: String, _ change: WebhookChange, by principal: Principal) async throws -> Webhook {
        try change.check()
        if let url = change.url { try await sender.rules.check(WebhookURL(url), sender.names) }
        let newSecret = try change.secret.map { (text) -> [UInt8]? in try text.isEmpty ? nil : key.seal(text, of: id) }
        let time = now()
        let webhook = try await store.write { tx in
            var webhook = try tx.requiredWebhook(id: id)
            let sealed = try newSecret ?? tx.sealedSecret(ofWebhook: id)
            webhook.apply(change, at: time)
            webhook.isSigned = sealed != nil
            try tx.update(webhook, sealedSecret: sealed)
            try record(.webhookUpdated, webhook, by: principal, at: time, tx)
            return webhook
        }
        wake()
        return webhook
    }

    /// Takes a webhook away with all that waited for it. Fails with `notFound`.
    package func delete(_ id: String, by principal: Principal) async throws {
        let time = now()
        try await store.write { tx in
            let webhook = try tx.requiredWebhook(id: id)
            try tx.deleteWebhook(id: id)
            try record(.webhookDeleted, webhook, by: principal, at: time, tx)
        }
    }

    package func webhook(_ id: String) async throws -> Webhook { try await store.read { tx in try tx.requiredWebhook(id: id) } }

    /// Sends an example of an event, the first one subscribed to unless named, once. Fails with `notFound` only: what went wrong
    /// is the result.
    package func test(_ id: String, _ type: EventType?) async throws -> WebhookTestResult {
        let (webhook, sealed) = try await store.read { tx in
            (try tx.requiredWebhook(id: id), try tx.sealedSecret(ofWebhook: id))
        }
        guard let type = type ?? webhook.events.first else {
            throw GatehouseError(.internalFailure, "The webhook '\(webhook.name)' has no events.")
        }
        let body = EventBody.bytes(type, at: now(), data: type.example)
        do {
            let secret = try sealed.map { (bytes) throws(GatehouseError) in try key.open(bytes, of: id) }
            let request = SignedRequest(id: uuids(), body: body, secret: secret, at: now())
            return WebhookTestResult(await sender.send(request, to: try WebhookURL(webhook.url)))
        } catch {
            return WebhookTestResult(.failed(reason: error.message, isFinal: true))
        }
    }

    private func record(
        _ action: AuditAction, _ webhook: Webhook, by principal: Principal, at time: Timestamp, _ tx: SQLTransaction
    ) throws {
        try tx.append(
            AuditDraft(id: ids(), time: time, principal: principal, action: action, facts: webhook.facts))
    }
}

/// What came of a test.
package struct WebhookTestResult: Sendable, Hashable {
    package let isSuccess: Bool
    package let status: Int?
    package let body: String?
    package let failure: String?

    init(_ answer: ReceiverAnswer) {
        switch answer {
        case .answered(let answered):
            // MLflow's rule: what is no error counts, redirects too, though nobody follows them.
            isSuccess = answered.status < 400
            status = answered.status
            body = answered.body
            failure = nil
        case .failed(let reason, _):
            isSuccess = false
            status = nil
            body = nil
            failure = "Failed to test webhook: \(reason)"
        }
    }
}

extension Webhook {
    mutating func apply(_ change: WebhookChange, at time: Timestamp) {
        name = change.name ?? name
        description = change.description ?? description
        url = change.url ?? url
        if let events = change.events {
            self.events = Set(events + (change.isMLflow ? self.events.filter { !$0.isMLflow } : [])).sorted()
        }
        if let status = change.status {
            self.status = status
            disabledBecause = nil
        }
        updated = time
    }

    /// For the record: of the URL only what is no secret.
    var facts: JSONValue {
        .object([
            "webhook": .string(id), "name": .string(name),
            "url": .string((try? WebhookURL(url))?.origin ?? ""), "events": .array(events.map { .string($0.rawValue) }),
            "status": .string(status.rawValue), "signed": .bool(isSigned),
            "because": disabledBecause.map { .string($0) } ?? .null,
        ])
    }
}
