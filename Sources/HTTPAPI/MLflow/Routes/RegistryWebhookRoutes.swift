import Access
import Events
import GatehouseCore
import Storage
import WireAPI

/// Databricks' calls about registry webhooks, on the same webhooks: those whose target is `registry` or `job`.
struct RegistryWebhookRoutes {
    private static let pageMax: Int64 = 1000

    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        routes.post("registry-webhooks/create") { call in
            try call.caller.require(.manageWebhooks)
            let place = try Place(call.fields)
            let events = try Self.events(call.fields)
            guard let url = place.url, !events.isEmpty else {
                throw call.fields.missing(events.isEmpty ? "events" : "http_url_spec")
            }
            let change = WebhookChange(
                description: try call.fields.text("description"), target: place.target,
                settings: place.settings(events), models: try call.fields.text("model_name").map { [$0] },
                secret: place.secret, authorization: place.authorization, verifiesTLS: place.verifiesTLS,
                status: try Self.status(call.fields))
            let webhook = try await services.webhooks.create(
                name: place.target.rawValue, url: url, events: events.map(\.type), with: change, by: call.caller.principal)
            return Self.answer(webhook)
        }
        routes.get("registry-webhooks/list") { call in
            try call.caller.require(.manageWebhooks)
            return try await list(call.fields)
        }
        routes.patch("registry-webhooks/update") { call in
            try call.caller.require(.manageWebhooks)
            let webhook = try await webhook(call.fields)
            let place = try Place(call.fields, of: webhook)
            let asked = try Self.events(call.fields)
            let events = try asked.isEmpty ? RegistryEvent.list(webhook.settings[RegistryEvent.setting] ?? "") : asked
            let change = WebhookChange(
                description: try call.fields.text("description"), url: place.url, target: place.target,
                settings: place.settings(events), events: events.map(\.type), secret: place.secret,
                authorization: place.authorization, verifiesTLS: place.verifiesTLS, status: try Self.status(call.fields))
            return Self.answer(try await services.webhooks.update(webhook.id, change, by: call.caller.principal))
        }
        routes.delete("registry-webhooks/delete") { call in
            try call.caller.require(.manageWebhooks)
            try await services.webhooks.delete(webhook(call.deletionFields()).id, by: call.caller.principal)
            return .empty
        }
        routes.post("registry-webhooks/test") { call in
            try call.caller.require(.manageWebhooks)
            let webhook = try await webhook(call.fields)
            let event = try call.fields.text("event").map { try RegistryEvent.list($0).first } ?? nil
            let result = try await services.webhooks.test(webhook.id, event?.type)
            return MLflowAnswer.object { json in
                // Where the documents have it, and where the SDK looks for it.
                json.key("webhook")
                json.object { Self.write(result, to: &$0) }
                Self.write(result, to: &json)
            }
        }
    }

    private func webhook(_ fields: MLflowFields) async throws -> Webhook {
        let id = try fields.requiredText("id")
        let webhook = try await services.webhooks.webhook(id)
        guard webhook.target == .registry || webhook.target == .job else {
            throw GatehouseError(
                .notFound, "Webhook with ID \(id.prefix(80)) not found.",
                hint: "It is none of Databricks': gatehouse webhook show \(id.prefix(80))")
        }
        return webhook
    }

    private func list(_ fields: MLflowFields) async throws -> MLflowAnswer {
        let model = try fields.text("model_name")
        let wanted = try Self.events(fields)
        let limit = try fields.integer("max_results") ?? Self.pageMax
        guard (1...Self.pageMax).contains(limit) else {
            throw GatehouseError(.invalidArgument, "max_results must be between 1 and \(Self.pageMax).")
        }
        let offset = try fields.text("page_token").flatMap { $0.isEmpty ? nil : $0 }.map { try Self.offset($0) } ?? 0
        let all = try await services.store.read { tx in try tx.webhooks(limit: WebhookService.webhooksMax) }
        let found = all.filter { webhook in
            let events = (try? RegistryEvent.list(webhook.settings[RegistryEvent.setting] ?? "")) ?? []
            return (webhook.target == .registry || webhook.target == .job)
                && (model.map { webhook.models.isEmpty || webhook.models.contains($0) } ?? true)
                && (wanted.isEmpty || wanted.contains { events.contains($0) })
        }
        let page = Array(found.dropFirst(offset).prefix(Int(limit)))
        return MLflowAnswer.object { json in
            json.member("webhooks", unlessEmpty: page) { Self.write($1, to: &$0) }
            json.member("next_page_token", offset + page.count < found.count ? String(offset + page.count) : nil)
        }
    }

    private static func offset(_ token: String) throws(GatehouseError) -> Int {
        guard let offset = Int(token), (0...WebhookService.webhooksMax).contains(offset) else {
            throw GatehouseError(.invalidArgument, "Invalid page token.")
        }
        return offset
    }

    private static func events(_ fields: MLflowFields) throws -> [RegistryEvent] {
        try RegistryEvent.list(fields.texts("events").joined(separator: ","))
    }

    private static func status(_ fields: MLflowFields) throws -> Webhook.Status? {
        try fields.text("status").map { text throws(GatehouseError) in
            guard let status = Webhook.Status(rawValue: text), status != .paused else {
                throw GatehouseError(.invalidArgument, "A webhook's status is ACTIVE, DISABLED or TEST_MODE.")
            }
            return status
        }
    }

    private static func answer(_ webhook: Webhook) -> MLflowAnswer {
        MLflowAnswer.object { json in
            json.key("webhook")
            write(webhook, to: &json)
        }
    }

    private static func write(_ result: WebhookTestResult, to json: inout JSONWriter) {
        json.member("status_code", result.status.map(Int64.init))
        json.member("body", result.body ?? result.failure)
    }

    private static func write(_ webhook: Webhook, to json: inout JSONWriter) {
        let events = (webhook.settings[RegistryEvent.setting] ?? "").split(separator: ",").map(String.init)
        json.object {
            $0.member("id", webhook.id)
            $0.member("events", unlessEmpty: events) { $0.value($1) }
            $0.member("creation_timestamp", webhook.created.milliseconds)
            $0.member("last_updated_timestamp", webhook.updated.milliseconds)
            $0.member("description", webhook.description)
            // A pause is ours, and sends nothing.
            $0.member("status", (webhook.status == .paused ? .disabled : webhook.status).rawValue)
            $0.member("model_name", webhook.models.first)
            let isJob = webhook.target == .job
            $0.key(isJob ? "job_spec" : "http_url_spec")
            $0.object {
                $0.member(isJob ? "workspace_url" : "url", webhook.url)
                if isJob {
                    $0.member("job_id", webhook.settings[Place.jobSetting])
                } else {
                    $0.member("enable_ssl_verification", webhook.verifiesTLS)
                }
            }
        }
    }
}

/// Where a webhook of Databricks' goes: `http_url_spec` or `job_spec`.
private struct Place {
    static let jobSetting = "job_id"

    var target: WebhookTarget
    var url: String?
    var job: String?
    var secret: String?
    var authorization: String?
    var verifiesTLS: Bool?

    /// Fails with `invalidArgument` for both at once, and for neither where there is no webhook to change.
    init(_ fields: MLflowFields, of webhook: Webhook? = nil) throws(GatehouseError) {
        let (http, run) = (try fields.object("http_url_spec"), try fields.object("job_spec"))
        guard http == nil || run == nil else {
            throw GatehouseError(.invalidArgument, "A webhook has http_url_spec or job_spec, not both.")
        }
        guard let spec = http ?? run else {
            guard let webhook else { throw fields.missing("http_url_spec") }
            target = webhook.target
            job = webhook.settings[Self.jobSetting]
            return
        }
        target = http == nil ? .job : .registry
        url = try spec.text(http == nil ? "workspace_url" : "url")
        guard url != nil || webhook != nil else { throw spec.missing(http == nil ? "workspace_url" : "url") }
        job = try spec.text("job_id") ?? webhook?.settings[Self.jobSetting]
        secret = try spec.text("secret")
        authorization = try spec.text(http == nil ? "access_token" : "authorization")
        verifiesTLS = try spec.flag("enable_ssl_verification")
    }

    func settings(_ events: [RegistryEvent]) -> [String: String] {
        var settings = [RegistryEvent.setting: events.map(\.rawValue).joined(separator: ",")]
        if target == .job { settings[Self.jobSetting] = job ?? "" }
        return settings
    }
}
