package import GatehouseCore

/// A webhook as MLflow sends it: without its secret.
package struct MLflowWebhook: Sendable, Hashable {
    package var id: String
    package var name: String
    package var description: String?
    package var url: String
    package var events: [MLflowWebhookEvent]
    /// `ACTIVE` or `DISABLED`.
    package var status: String
    package var created: Int64
    package var updated: Int64

    package init(
        id: String, name: String, description: String?, url: String, events: [MLflowWebhookEvent], status: String,
        created: Int64, updated: Int64
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.url = url
        self.events = events
        self.status = status
        self.created = created
        self.updated = updated
    }

    package init(_ fields: MLflowFields) throws(GatehouseError) {
        id = try fields.requiredText("webhook_id")
        name = try fields.requiredText("name")
        description = try fields.text("description")
        url = try fields.requiredText("url")
        events = try fields.objects("events").map { fields throws(GatehouseError) in try .init(fields) }
        status = try fields.text("status") ?? "ACTIVE"
        created = try fields.integer("creation_timestamp") ?? 0
        updated = try fields.integer("last_updated_timestamp") ?? 0
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.member("webhook_id", id)
            $0.member("name", name)
            $0.member("description", description)
            $0.member("url", url)
            $0.member("events", unlessEmpty: events) { $1.write(to: &$0) }
            $0.member("status", status)
            $0.member("creation_timestamp", created)
            $0.member("last_updated_timestamp", updated)
        }
    }
}

/// What a webhook is told of: `MODEL_VERSION` and `CREATED`.
package struct MLflowWebhookEvent: Sendable, Hashable {
    package let entity: String
    package let action: String

    /// From `model_version.created`, as deliveries name it.
    package init(name: String) {
        entity = name.prefix { $0 != "." }.uppercased()
        action = name.drop { $0 != "." }.dropFirst().uppercased()
    }

    package init(_ fields: MLflowFields) throws(GatehouseError) {
        entity = try Self.member("entity", Self.entities, fields)
        action = try Self.member("action", Self.actions, fields)
    }

    /// `model_version.created`.
    package var name: String { "\(entity).\(action)".lowercased() }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.member("entity", entity)
            $0.member("action", action)
        }
    }

    /// In the order of their numbers in MLflow's descriptors, from 1.
    private static let entities = [
        "REGISTERED_MODEL", "MODEL_VERSION", "MODEL_VERSION_TAG", "MODEL_VERSION_ALIAS", "PROMPT", "PROMPT_VERSION",
        "PROMPT_TAG", "PROMPT_VERSION_TAG", "PROMPT_ALIAS", "BUDGET_POLICY",
    ]
    private static let actions = ["CREATED", "UPDATED", "DELETED", "SET", "EXCEEDED"]

    /// A case of an enumeration, by its name or its number.
    private static func member(_ name: String, _ cases: [String], _ fields: MLflowFields) throws(GatehouseError) -> String {
        guard let value = try fields.value(name) else { throw fields.missing(name) }
        if let text = value.stringValue, cases.contains(text) { return text }
        if let number = value.integerValue, (1...Int64(cases.count)).contains(number) { return cases[Int(number) - 1] }
        throw fields.invalid(name, value)
    }
}

/// What came of a test request.
package struct MLflowWebhookTestResult: Sendable, Hashable {
    package var isSuccess: Bool
    package var status: Int64?
    package var body: String?
    package var error: String?

    package init(isSuccess: Bool, status: Int64?, body: String?, error: String?) {
        self.isSuccess = isSuccess
        self.status = status
        self.body = body
        self.error = error
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.member("success", isSuccess)
            $0.member("response_status", status)
            $0.member("response_body", body)
            $0.member("error_message", error)
        }
    }
}
