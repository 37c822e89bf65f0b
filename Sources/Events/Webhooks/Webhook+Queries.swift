import GatehouseCore
package import Storage

extension SQLTransaction {
    /// The first thing a transaction with audit entries asks: mostly there are no webhooks.
    func hasActiveSubscription() throws -> Bool {
        try first("SELECT 1 AS found FROM webhook WHERE status = 'ACTIVE' LIMIT 1") { _ in true } ?? false
    }

    func activeSubscribers(of type: EventType) throws -> [String] {
        try rows(
            """
            SELECT s.webhook FROM webhook_subscription s JOIN webhook w ON w.id = s.webhook
            WHERE s.type = \(type.rawValue) AND w.status = 'ACTIVE' ORDER BY s.webhook LIMIT \(WebhookService.webhooksMax)
            """
        ) { try $0.text("webhook") }
    }

    package func webhook(id: String) throws -> Webhook? {
        try webhooks(rows("SELECT * FROM webhook WHERE id = \(id)", WebhookRow.init)).first
    }

    /// The same, or `notFound` in MLflow's words.
    package func requiredWebhook(id: String) throws -> Webhook {
        guard let webhook = try webhook(id: id) else {
            throw GatehouseError(
                .notFound, "Webhook with ID \(id.prefix(80)) not found.", hint: "List them: gatehouse webhook list")
        }
        return webhook
    }

    /// Newest first. `isMLflow` leaves out those that MLflow's clients cannot be shown.
    package func webhooks(isMLflow: Bool = false, offset: Int = 0, limit: Int) throws -> [Webhook] {
        let shown: SQLStatement =
            isMLflow
            ? """
            EXISTS (SELECT 1 FROM webhook_subscription s
                WHERE s.webhook = w.id AND s.type <> \(EventType.stageTransitioned.rawValue))
            """ : "1 = 1"
        return try webhooks(
            rows(
                """
                SELECT w.* FROM webhook w WHERE \(shown)
                ORDER BY w.created_at DESC, w.id LIMIT \(limit) OFFSET \(offset)
                """, WebhookRow.init))
    }

    func webhookCount() throws -> Int64 { try first("SELECT COUNT(*) AS n FROM webhook") { try $0.integer("n") } ?? 0 }

    /// The bytes that `ServerKey.open` reads; nil: requests are not signed.
    func sealedSecret(ofWebhook id: String) throws -> [UInt8]? {
        try first("SELECT sealed_secret FROM webhook WHERE id = \(id)") { try $0.optional("sealed_secret", $0.bytes) } ?? nil
    }

    func insert(_ webhook: Webhook, sealedSecret: [UInt8]?) throws {
        try execute(
            """
            INSERT INTO webhook (id, name, description, url, status, sealed_secret, disabled_because, created_by, created_at,
                updated_at)
            VALUES (\(webhook.id), \(webhook.name), \(webhook.description), \(webhook.url), \(webhook.status.rawValue),
                \(sealedSecret), \(webhook.disabledBecause), \(webhook.createdBy), \(webhook.created), \(webhook.updated))
            """)
        try subscribe(webhook)
    }

    func update(_ webhook: Webhook, sealedSecret: [UInt8]?) throws {
        try execute(
            """
            UPDATE webhook SET name = \(webhook.name), description = \(webhook.description), url = \(webhook.url),
                status = \(webhook.status.rawValue), sealed_secret = \(sealedSecret),
                disabled_because = \(webhook.disabledBecause), updated_at = \(webhook.updated)
            WHERE id = \(webhook.id)
            """)
        try execute("DELETE FROM webhook_subscription WHERE webhook = \(webhook.id)")
        try subscribe(webhook)
    }

    /// With everything that was delivered or waiting.
    func deleteWebhook(id: String) throws {
        try execute("DELETE FROM webhook_delivery WHERE webhook = \(id)")
        try execute("DELETE FROM webhook_subscription WHERE webhook = \(id)")
        try execute("DELETE FROM webhook WHERE id = \(id)")
    }

    private func subscribe(_ webhook: Webhook) throws {
        for type in webhook.events {
            try execute("INSERT INTO webhook_subscription (webhook, type) VALUES (\(webhook.id), \(type.rawValue))")
        }
    }

    /// Adds the subscriptions of all of them in one query.
    private func webhooks(_ found: [WebhookRow]) throws -> [Webhook] {
        guard !found.isEmpty else { return [] }
        let subscriptions = try rows(
            """
            SELECT webhook, type FROM webhook_subscription WHERE webhook IN (\(SQLStatement.list(found.map(\.id)))) ORDER BY webhook, type
            """
        ) { (webhook: try $0.text("webhook"), type: try EventType(stored: $0.text("type"))) }
        let types = Dictionary(grouping: subscriptions, by: \.webhook)
        return found.map { row in row.webhook(events: (types[row.id] ?? []).map(\.type)) }
    }
}

private struct WebhookRow {
    let id: String
    let name: String
    let description: String?
    let url: String
    let status: Webhook.Status
    let isSigned: Bool
    let disabledBecause: String?
    let createdBy: Principal
    let created: Timestamp
    let updated: Timestamp

    init(_ row: SQLRow) throws {
        id = try row.text("id")
        name = try row.text("name")
        description = try row.optional("description", row.text)
        url = try row.text("url")
        status = try row.text("status") == Webhook.Status.active.rawValue ? .active : .disabled
        isSigned = try row.optional("sealed_secret", row.bytes) != nil
        disabledBecause = try row.optional("disabled_because", row.text)
        createdBy = Principal(stored: try row.text("created_by"))
        created = try row.timestamp("created_at")
        updated = try row.timestamp("updated_at")
    }

    func webhook(events: [EventType]) -> Webhook {
        Webhook(
            id: id, name: name, description: description, url: url, events: events, status: status, isSigned: isSigned,
            disabledBecause: disabledBecause, createdBy: createdBy, created: created, updated: updated)
    }
}
