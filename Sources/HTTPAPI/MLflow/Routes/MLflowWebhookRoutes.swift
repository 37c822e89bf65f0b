import Access
import Events
import Foundation
import GatehouseCore
import Storage
import WireAPI

/// MLflow's calls about webhooks. Those that MLflow's clients could not be shown do not exist here.
struct MLflowWebhookRoutes {
    private static let pageDefault = 100
    private static let pageMax: Int64 = 1000

    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        routes.post("webhooks") { call in
            try call.caller.require(.manageWebhooks)
            let fields = call.fields
            let (name, url) = (try fields.requiredText("name"), try fields.requiredText("url"))
            guard try fields.has("events") else { throw fields.missing("events") }
            let webhook = try await services.webhooks.create(
                name: name, url: url, events: Self.events(fields),
                with: WebhookChange(
                    description: fields.text("description").flatMap { $0.isEmpty ? nil : $0 },
                    secret: fields.text("secret"), status: Self.status(fields)),
                by: call.caller.principal)
            return Self.answer(webhook)
        }
        routes.get("webhooks") { call in
            try call.caller.require(.manageWebhooks)
            return try await list(call.fields)
        }
        routes.get("webhooks/:webhook_id") { call in Self.answer(try await webhook(call)) }
        routes.patch("webhooks/:webhook_id") { call in
            let fields = call.fields
            // An empty list changes nothing.
            let events = try Self.events(fields)
            let change = WebhookChange(
                name: try fields.text("name").flatMap { $0.isEmpty ? nil : $0 }, description: try fields.text("description"),
                url: try fields.text("url").flatMap { $0.isEmpty ? nil : $0 }, events: events.isEmpty ? nil : events,
                secret: try fields.text("secret"), status: try Self.status(fields), isMLflow: true)
            let id = try await webhook(call).id
            return Self.answer(try await services.webhooks.update(id, change, by: call.caller.principal))
        }
        routes.delete("webhooks/:webhook_id") { call in
            try await services.webhooks.delete(webhook(call).id, by: call.caller.principal)
            return .empty
        }
        routes.post("webhooks/:webhook_id/test") { call in
            let event = try call.fields.object("event").map { try Self.type(MLflowWebhookEvent($0)) }
            let webhook = try await webhook(call)
            let result = try await services.webhooks.test(webhook.id, event ?? webhook.mlflowEvents.first)
            let message = MLflowWebhookTestResult(
                isSuccess: result.isSuccess, status: result.status.map(Int64.init), body: result.body, error: result.failure)
            return MLflowAnswer.object { json in
                json.key("result")
                message.write(to: &json)
            }
        }
    }

    /// The one the path names. Fails with `notFound` in MLflow's words.
    private func webhook(_ call: MLflowCall) async throws -> Webhook {
        try call.caller.require(.manageWebhooks)
        let id = try call.segment("webhook_id")
        let webhook = try await services.webhooks.webhook(id)
        guard !webhook.mlflowEvents.isEmpty else {
            throw GatehouseError(
                .notFound, "Webhook with ID \(id) not found.", hint: "It has no event of MLflow's: gatehouse webhook show \(id)")
        }
        return webhook
    }

    private func list(_ fields: MLflowFields) async throws -> MLflowAnswer {
        var limit = try fields.integer("max_results") ?? 0
        if limit == 0 { limit = Int64(Self.pageDefault) }
        guard (1...Self.pageMax).contains(limit) else {
            throw GatehouseError(.invalidArgument, "max_results must be between 1 and \(Self.pageMax).")
        }
        let offset = try Self.offset(fields.text("page_token"))
        let count = Int(limit)
        let found = try await services.store.read { tx in try tx.webhooks(isMLflow: true, offset: offset, limit: count + 1) }
        return MLflowAnswer.object { json in
            json.member("webhooks", unlessEmpty: found.prefix(count)) { MLflowWebhook($1).write(to: &$0) }
            json.member("next_page_token", found.count > count ? Self.token(offset + count) : nil)
        }
    }

    private static func token(_ offset: Int) -> String { Data("{\"offset\": \(offset)}".utf8).base64EncodedString() }

    private static func offset(_ token: String?) throws(GatehouseError) -> Int {
        guard let token, !token.isEmpty else { return 0 }
        guard let data = Data(base64Encoded: token), let json = try? JSONParser.parse(Array(data)),
            let offset = json["offset"]?.integerValue, (0...Int64(WebhookService.webhooksMax)).contains(offset)
        else { throw GatehouseError(.invalidArgument, "Invalid page token, could not base64-decode") }
        return Int(offset)
    }

    private static func events(_ fields: MLflowFields) throws -> [EventType] {
        try fields.objects("events").map { try type(MLflowWebhookEvent($0)) }
    }

    /// Nil when it is not said. Nor is it by a name that is none: MLflow goes on with what it could read.
    private static func status(_ fields: MLflowFields) throws(GatehouseError) -> Webhook.Status? {
        guard let value = try fields.value("status") else { return nil }
        if case .string(let name) = value { return [.active, .disabled].first { $0.rawValue == name } }
        switch value.integerValue {
        case 1: return .active
        case 2: return .disabled
        default: throw fields.invalid("status", value)
        }
    }

    private static func type(_ event: MLflowWebhookEvent) throws(GatehouseError) -> EventType {
        if let type = EventType(rawValue: event.name), type.isMLflow { return type }
        let entity = event.entity.lowercased()
        let valid = EventType.allCases.filter { $0.isMLflow && $0.entity == entity }.map { "'\($0.action)'" }.sorted()
        throw GatehouseError(
            .invalidArgument,
            "Invalid action '\(event.action.lowercased())' for entity '\(entity)'. Valid actions are: [\(valid.joined(separator: ", "))]"
        )
    }

    private static func answer(_ webhook: Webhook) -> MLflowAnswer {
        MLflowAnswer.object { json in
            json.key("webhook")
            MLflowWebhook(webhook).write(to: &json)
        }
    }
}

extension MLflowWebhook {
    init(_ webhook: Webhook) {
        self.init(
            id: webhook.id, name: webhook.name, description: webhook.description.flatMap { $0.isEmpty ? nil : $0 },
            url: webhook.url,
            events: webhook.mlflowEvents.map { MLflowWebhookEvent(name: $0.rawValue) },
            // MLflow's clients know two words, and raise at any other.
            status: (webhook.status == .active ? webhook.status : .disabled).rawValue, created: webhook.created.milliseconds,
            updated: webhook.updated.milliseconds)
    }
}
