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

    /// Fails with `invalidArgument` for what a webhook or its target cannot be and for a URL that may not be reached, with
    /// `conflict` above `webhooksMax`.
    package func create(
        name: String, url: String, events: [EventType], with rest: WebhookChange = WebhookChange(), by principal: Principal
    ) async throws -> Webhook {
        var change = rest
        let target = change.target ?? .webhook
        (change.name, change.url, change.events) = (name, url, events.isEmpty ? target.eventsDefault : events)
        try change.check()
        try await sender.rules.check(WebhookURL(url, schemes: target.schemes), sender.names)
        if target == .nats { try await NATSLibrary.find() }
        let (time, id) = (now(), uuids())
        var webhook = Webhook(
            id: id, name: name, description: nil, url: url, target: .webhook, settings: [:], events: [], models: [],
            status: .active, isSigned: false, isAuthorized: false, verifiesTLS: true, oldSecretUntil: nil,
            disabledBecause: nil, letGo: 0, restsUntil: nil, createdBy: principal, created: time, updated: time)
        var sealed = SealedSecrets()
        try sealed.apply(change, of: id, key)
        webhook.apply(change, sealed, at: time)
        try webhook.check()
        let (made, secrets) = (webhook, sealed)
        try await fanOut()
        let created = try await store.write { tx in
            guard try tx.webhookCount() < Self.webhooksMax else {
                throw GatehouseError(
                    .conflict, "There are \(Self.webhooksMax) webhooks already.", hint: "Remove some: gatehouse webhook list")
            }
            try tx.insert(made, secrets, ids: uuids)
            try record(.webhookCreated, made, by: principal, at: time, tx)
            return made
        }
        // There is somebody again who could be sent what comes next.
        wake()
        return created
    }

    /// Fails as `create` does, and with `notFound`.
    package func update(_ id: String, _ change: WebhookChange, by principal: Principal) async throws -> Webhook {
        try change.check()
        if let url = change.url {
            // Whether it is one of its target's is seen when the target is known.
            try await sender.rules.check(WebhookURL(url, schemes: WebhookURL.Scheme.allCases), sender.names)
        }
        if change.target == .nats { try await NATSLibrary.find() }
        try await fanOut()
        let time = now()
        let webhook = try await store.write { tx in
            var webhook = try tx.requiredWebhook(id: id)
            var sealed = try tx.sealedSecrets(ofWebhook: id)
            try sealed.apply(change, of: id, key)
            // A secret that was set outright has no predecessor.
            if change.secret != nil { webhook.oldSecretUntil = nil }
            webhook.apply(change, sealed, at: time)
            try webhook.check()
            try tx.update(webhook, sealed, ids: uuids)
            try record(.webhookUpdated, webhook, by: principal, at: time, tx)
            return webhook
        }
        wake()
        return webhook
    }

    /// Takes a webhook away with all that waited for it. Fails with `notFound`.
    package func delete(_ id: String, by principal: Principal) async throws {
        try await fanOut()
        let time = now()
        try await store.write { tx in
            let webhook = try tx.requiredWebhook(id: id)
            try tx.deleteWebhook(id: id, ids: uuids)
            try record(.webhookDeleted, webhook, by: principal, at: time, tx)
        }
        // What a look left waiting may have its deliveries now.
        wake()
    }

    package func webhook(_ id: String) async throws -> Webhook { try await store.read { tx in try tx.requiredWebhook(id: id) } }

    /// Sends an example of an event, the first one subscribed to unless named, once, as its target takes events. Fails with
    /// `notFound` only: what went wrong is the result.
    package func test(_ id: String, _ type: EventType?) async throws -> WebhookTestResult {
        let (webhook, sealed) = try await store.read { tx in
            (try tx.requiredWebhook(id: id), try tx.sealedSecrets(ofWebhook: id))
        }
        guard let type = type ?? webhook.events.first else {
            throw GatehouseError(.internalFailure, "The webhook '\(webhook.name)' has no events.")
        }
        let time = now()
        let notice = EventNotice(id: uuids(), type: type, body: EventBody.bytes(type, at: time, data: type.example))
        let answer = await TargetCall(webhook, sealed, notice).made(by: sender, key, at: time)
        return WebhookTestResult(answer, isDocument: webhook.target == .webhook)
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

    init(_ answer: ReceiverAnswer, isDocument: Bool) {
        switch answer {
        case .answered(let answered):
            // MLflow's rule: what is no error counts, redirects too, though nobody follows them.
            isSuccess = answered.status < (isDocument ? 400 : 300)
            status = answered.status
            body = answered.body
            failure = nil
        case .taken(let words):
            isSuccess = true
            status = nil
            body = words
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
    /// Fails with `invalidArgument` for a URL, settings or an authorization that the target can do nothing with.
    func check() throws(GatehouseError) {
        let url = try WebhookURL(url, schemes: target.schemes)
        if target == .nats { try NATSStream.check(url) }
        try target.check(settings, isAuthorized: isAuthorized)
    }

    mutating func apply(_ change: WebhookChange, _ sealed: SealedSecrets, at time: Timestamp) {
        name = change.name ?? name
        description = change.description ?? description
        url = change.url ?? url
        target = change.target ?? target
        settings = change.settings ?? settings
        if let events = change.events {
            self.events = Set(events + (change.isMLflow ? self.events.filter { !$0.isMLflow } : [])).sorted()
        }
        models = change.models.map { Set($0).sorted() } ?? models
        verifiesTLS = change.verifiesTLS ?? verifiesTLS
        if let status = change.status {
            self.status = status
            disabledBecause = nil
        }
        isSigned = sealed.secret != nil
        isAuthorized = sealed.authorization != nil
        // Whatever was changed, the receiver may be well now.
        restsUntil = nil
        updated = time
    }

    /// For the record: of the URL only what is no secret, of the settings only their names.
    var facts: JSONValue {
        .object([
            "webhook": .string(id), "name": .string(name), "target": .string(target.rawValue),
            "url": .string((try? WebhookURL(url, schemes: target.schemes))?.origin ?? ""),
            "events": .array(events.map { .string($0.rawValue) }),
            "models": .array(models.map { .string($0) }), "settings": .array(settings.keys.sorted().map { .string($0) }),
            "status": .string(status.rawValue), "signed": .bool(isSigned), "authorized": .bool(isAuthorized),
            "verifies_tls": .bool(verifiesTLS), "because": disabledBecause.map { .string($0) } ?? .null,
            "old_secret_until": oldSecretUntil.map { .string($0.description) } ?? .null,
        ])
    }
}

extension SealedSecrets {
    /// An empty text takes a secret away. Fails with `internalFailure`.
    mutating func apply(_ change: WebhookChange, of webhook: String, _ key: ServerKey) throws(GatehouseError) {
        if let text = change.secret {
            secret = text.isEmpty ? nil : try key.seal(text, of: webhook)
            oldSecret = nil
        }
        if let text = change.authorization {
            authorization = text.isEmpty ? nil : try key.seal(text, of: Self.authorizationOwner(webhook))
        }
    }
}
