import GatehouseCore
package import Storage

extension SQLTransaction {
    /// The first thing a transaction with audit entries asks: mostly there are no webhooks.
    func hasActiveSubscription() throws -> Bool {
        try first("SELECT 1 AS found FROM webhook WHERE status = 'ACTIVE' LIMIT 1") { _ in true } ?? false
    }

    /// Whether a webhook that is active, or paused, wants this event.
    func isWanted(_ draft: EventDraft) throws -> Bool {
        let found = try first(
            """
            SELECT 1 AS found FROM \(Self.subscriptions(to: draft.kind)) AND w.target NOT IN (\(Self.targetsWithNames)) LIMIT 1
            """
        ) { _ in true }
        if found != nil { return true }
        return try subscribers(to: draft.kind, byName: true).contains { try $0.wants(draft.kind, draft.data) }
    }

    /// The webhooks that subscribed to events of this kind, or only those that chose among Databricks' names.
    func subscribers(to kind: EventKind, byName: Bool = false) throws -> [Subscriber] {
        let which: SQLStatement = byName ? "w.target IN (\(Self.targetsWithNames))" : "1 = 1"
        return try rows(
            """
            SELECT w.id, w.target, w.settings FROM \(Self.subscriptions(to: kind)) AND \(which)
            ORDER BY s.webhook LIMIT \(WebhookService.webhooksMax)
            """
        ) { row in
            Subscriber(
                webhook: try row.text("id"), target: try WebhookTarget(stored: row.text("target")),
                storedSettings: try row.text("settings"))
        }
    }

    /// Whether one of these webhooks has nothing before an event of this kind in its lane.
    func isFree(oneOf webhooks: [String], for kind: EventKind) throws -> Bool {
        try first(
            """
            SELECT 1 AS found FROM \(Self.subscriptions(to: kind)) AND w.id IN (\(SQLStatement.list(webhooks)))
                AND NOT EXISTS (SELECT 1 FROM webhook_delivery d
                    WHERE d.webhook = w.id AND d.model = \(kind.model) AND d.state = 'pending') LIMIT 1
            """
        ) { _ in true } ?? false
    }

    private static var targetsWithNames: SQLStatement { .list(Subscriber.targetsWithNames.map(\.rawValue)) }

    private static func subscriptions(to kind: EventKind) -> SQLStatement {
        """
        webhook_subscription s JOIN webhook w ON w.id = s.webhook
        WHERE s.type = \(kind.type) AND w.status = 'ACTIVE'
            AND (NOT EXISTS (SELECT 1 FROM webhook_model m WHERE m.webhook = w.id)
                OR EXISTS (SELECT 1 FROM webhook_model m WHERE m.webhook = w.id AND m.model = \(kind.model)))
        """
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
        let ours = SQLStatement.list(EventType.allCases.filter { !$0.isMLflow }.map(\.rawValue))
        let shown: SQLStatement =
            isMLflow
            ? """
            w.target = 'webhook'
            AND EXISTS (SELECT 1 FROM webhook_subscription s WHERE s.webhook = w.id AND s.type NOT IN (\(ours)))
            """ : "1 = 1"
        return try webhooks(
            rows(
                """
                SELECT w.* FROM webhook w WHERE \(shown)
                ORDER BY w.created_at DESC, w.id LIMIT \(limit) OFFSET \(offset)
                """, WebhookRow.init))
    }

    func webhookCount() throws -> Int64 { try first("SELECT COUNT(*) AS n FROM webhook") { try $0.integer("n") } ?? 0 }

    /// What only a request may see.
    func sealedSecrets(ofWebhook id: String) throws -> SealedSecrets {
        try first("SELECT * FROM webhook WHERE id = \(id)") { row in
            SealedSecrets(
                secret: try row.optional("sealed_secret", row.bytes),
                oldSecret: try row.optional("sealed_old_secret", row.bytes),
                authorization: try row.optional("sealed_authorization", row.bytes))
        } ?? SealedSecrets()
    }

    /// `ids` are for the deliveries of the events until now, which go to those that wanted them before this change.
    func insert(_ webhook: Webhook, _ sealed: SealedSecrets, ids: () -> String) throws {
        try execute(
            """
            INSERT INTO webhook (id, name, description, url, status, created_by, created_at, updated_at)
            VALUES (\(webhook.id), \(webhook.name), \(webhook.description), \(webhook.url), 'DISABLED', \(webhook.createdBy),
                \(webhook.created), \(webhook.updated))
            """)
        try update(webhook, sealed, ids: ids)
    }

    func update(_ webhook: Webhook, _ sealed: SealedSecrets, ids: () -> String) throws {
        try fanOutAll(ids: ids)
        try execute(
            """
            UPDATE webhook SET name = \(webhook.name), description = \(webhook.description), url = \(webhook.url),
                target = \(webhook.target.rawValue), settings = \(JSONValue.texts(webhook.settings)),
                status = \(webhook.status.stored.status), mode = \(webhook.status.stored.mode),
                sealed_secret = \(sealed.secret), sealed_old_secret = \(sealed.oldSecret),
                old_secret_until = \(webhook.oldSecretUntil), sealed_authorization = \(sealed.authorization),
                verifies_tls = \(webhook.verifiesTLS), disabled_because = \(webhook.disabledBecause), rests_until = \(webhook.restsUntil),
                updated_at = \(webhook.updated)
            WHERE id = \(webhook.id)
            """)
        try execute("DELETE FROM webhook_subscription WHERE webhook = \(webhook.id)")
        for type in webhook.events {
            try execute("INSERT INTO webhook_subscription (webhook, type) VALUES (\(webhook.id), \(type.rawValue))")
        }
        try execute("DELETE FROM webhook_model WHERE webhook = \(webhook.id)")
        for model in webhook.models {
            try execute("INSERT INTO webhook_model (webhook, model) VALUES (\(webhook.id), \(model))")
        }
    }

    /// With everything that was delivered or waiting.
    func deleteWebhook(id: String, ids: () -> String) throws {
        try fanOutAll(ids: ids)
        try execute("DELETE FROM webhook_attempt WHERE delivery IN (SELECT id FROM webhook_delivery WHERE webhook = \(id))")
        try execute("DELETE FROM webhook_delivery WHERE webhook = \(id)")
        try execute("DELETE FROM webhook_subscription WHERE webhook = \(id)")
        try execute("DELETE FROM webhook_model WHERE webhook = \(id)")
        try execute("DELETE FROM webhook WHERE id = \(id)")
    }

    /// Adds the subscriptions and models of all of them in two queries.
    private func webhooks(_ found: [WebhookRow]) throws -> [Webhook] {
        guard !found.isEmpty else { return [] }
        let ids = SQLStatement.list(found.map(\.webhook.id))
        let subscriptions = try rows(
            "SELECT webhook, type FROM webhook_subscription WHERE webhook IN (\(ids)) ORDER BY webhook, type"
        ) { (webhook: try $0.text("webhook"), type: try EventType(stored: $0.text("type"))) }
        let filters = try rows("SELECT webhook, model FROM webhook_model WHERE webhook IN (\(ids)) ORDER BY webhook, model") {
            (webhook: try $0.text("webhook"), model: try $0.text("model"))
        }
        let types = Dictionary(grouping: subscriptions, by: \.webhook)
        let models = Dictionary(grouping: filters, by: \.webhook)
        return found.map { row in
            var webhook = row.webhook
            webhook.events = (types[webhook.id] ?? []).map(\.type)
            webhook.models = (models[webhook.id] ?? []).map(\.model)
            return webhook
        }
    }

}

/// One who is told of an event.
struct Subscriber: Sendable {
    let webhook: String
    let target: WebhookTarget
    /// Read by the few who ask: there is one of these for each webhook and event.
    let storedSettings: String

    /// Whose webhooks choose among Databricks' names. Some of these are about one stage only, which a subscription cannot say.
    static let targetsWithNames: [WebhookTarget] = [.registry, .job]

    var asksByName: Bool { Self.targetsWithNames.contains(target) }

    func settings() throws -> [String: String] { try JSONParser.parse(storedSettings).textMembers }

    /// Whether it wants an event with this `data` that it subscribed to.
    func wants(_ kind: EventKind, _ data: JSONValue) throws -> Bool {
        guard asksByName else { return true }
        guard let type = EventType(rawValue: kind.type) else { return false }
        return try RegistryEvent.name(of: type, data, for: settings()) != nil
    }
}

/// The bytes that `ServerKey.open` reads; nil: there is none.
struct SealedSecrets: Sendable, Hashable {
    var secret: [UInt8]?
    var oldSecret: [UInt8]?
    var authorization: [UInt8]?

    /// Another owner than the secrets have: the one cannot be put in the place of the other.
    static func authorizationOwner(_ webhook: String) -> String { "\(webhook)/authorization" }
}

extension JSONValue {
    /// An object of texts, as it is stored.
    fileprivate static func texts(_ members: [String: String]) -> String {
        JSONValue.object(members.mapValues(JSONValue.string)).canonicalText
    }

    /// The members that are texts.
    package var textMembers: [String: String] { (objectValue ?? [:]).compactMapValues(\.stringValue) }
}

extension WebhookTarget {
    init(stored text: String) throws(GatehouseError) {
        guard let target = WebhookTarget(rawValue: text) else {
            throw GatehouseError(.integrity, "The database has a webhook with the target '\(text.prefix(80))', unknown here.")
        }
        self = target
    }
}

extension Webhook.Status {
    /// The status column knows two words only; the mode says which kind.
    fileprivate var stored: (status: String, mode: String) {
        switch self {
        case .active: ("ACTIVE", "")
        case .paused: ("ACTIVE", rawValue)
        case .testing: ("DISABLED", rawValue)
        case .disabled: ("DISABLED", "")
        }
    }

    init(stored status: String, mode: String) {
        self = Webhook.Status(rawValue: mode) ?? (status == Webhook.Status.active.rawValue ? .active : .disabled)
    }
}

private struct WebhookRow {
    let webhook: Webhook

    init(_ row: SQLRow) throws {
        webhook = Webhook(
            id: try row.text("id"), name: try row.text("name"), description: try row.optional("description", row.text),
            url: try row.text("url"), target: try WebhookTarget(stored: row.text("target")),
            settings: try row.json("settings").textMembers, events: [], models: [],
            status: Webhook.Status(stored: try row.text("status"), mode: try row.text("mode")),
            isSigned: try row.optional("sealed_secret", row.bytes) != nil,
            isAuthorized: try row.optional("sealed_authorization", row.bytes) != nil,
            verifiesTLS: try row.bool("verifies_tls"),
            oldSecretUntil: try row.optional("old_secret_until", row.timestamp),
            disabledBecause: try row.optional("disabled_because", row.text), letGo: try row.integer("let_go"),
            restsUntil: try row.optional("rests_until", row.timestamp),
            createdBy: Principal(stored: try row.text("created_by")), created: try row.timestamp("created_at"),
            updated: try row.timestamp("updated_at"))
    }
}
