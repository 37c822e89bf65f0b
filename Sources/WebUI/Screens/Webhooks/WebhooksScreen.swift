import Access
import Events
import GatehouseCore
import HTTPAPI
import Rendering
import Storage

/// Who is told of what.
struct WebhooksScreen: Screen {
    static let webhooksMax = 100

    let webhooks: [Webhook]
    /// How many to skip for the next page; nil on the last.
    let next: Int?

    var title: [String] { ["Webhooks", "Settings"] }
    var place: Place { .settings }

    static func load(_ page: PageRequest) async throws -> WebhooksScreen {
        _ = try page.caller(who: .manageWebhooks)
        let offset = try page.integer("offset", default: 0, in: 0...WebhookService.webhooksMax)
        let found = try await page.services.store.read { tx in try tx.webhooks(offset: offset, limit: webhooksMax + 1) }
        return WebhooksScreen(
            webhooks: Array(found.prefix(webhooksMax)), next: found.count > webhooksMax ? offset + webhooksMax : nil)
    }

    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Settings", "/settings")])
        Tag.h1 { "Webhooks" }
        Tag.p(.class("finding")) {
            let active = webhooks.count { $0.status == .active }
            Wording.count(webhooks.count, "webhook") + ", \(active) active, "
                + "\(webhooks.count { $0.disabledBecause != nil }) disabled because deliveries failed."
        }
        if webhooks.isEmpty {
            empty(
                "Nobody is told of anything yet. A webhook tells another program, a channel or a pipeline what happens:",
                command: "gatehouse webhook add NAME https://hooks.example.com/gatehouse --event promotion.approved")
        } else {
            table("Webhooks", webhooks, Self.columns(visit))
        }
        if let next {
            Tag.p { Tag.a(.href(Address.query("/settings/webhooks", [("offset", "\(next)")]))) { "Next webhooks" } }
        }
        newWebhook(visit)
    }

    private static func columns(_ visit: Visit) -> [Column<Webhook>] {
        [
            .words("Webhook") { hook in Tag.a(.href(Address.webhook(hook.id))) { hook.name } },
            .words("State") { hook in mark(hook.status) },
            .words("To") { hook in hook.target.rawValue },
            .prose("Address") { hook in hook.url },
            .number("Events") { hook in "\(hook.events.count)" },
            .number("Let go") { hook in Wording.grouped(Int(hook.letGo)) },
            .words("Changed") { hook in shortMoment(hook.updated) },
        ]
    }

    private func newWebhook(_ visit: Visit) -> Markup {
        plainAction(
            "/settings/webhooks", visit, title: "Add a webhook",
            consequence: "From now on every event that is ticked goes to this address, in order per model, until it is accepted.",
            button: "Add the webhook"
        ) {
            textField("name", "Name", visit)
            textField("url", "Address", visit, hint: "https://…; the server must be allowed to reach it.", type: "url")
            choice("target", "Kind of receiver", visit, options: WebhookTarget.allCases.map { ($0.rawValue, $0.rawValue) })
            textField(
                "secret", "Secret", visit, hint: "Requests are signed with it. Without one they are not signed.",
                type: "password", isRequired: false, autocomplete: "new-password")
            Tag.fieldset {
                Tag.legend { "Events" }
                Tag.p(.class("hint")) { "None ticked: those that the kind of receiver is for." }
                for type in EventType.allCases.sorted() where !type.rawValue.hasPrefix("prompt") {
                    tick("event", type.rawValue, visit, value: type.rawValue)
                }
            }
        }
    }
}

func mark(_ status: Webhook.Status) -> Markup {
    switch status {
    case .active: mark(.good, "active", shape: "✓")
    case .paused: mark(.caution, "paused", shape: "‖")
    case .testing: mark(.neutral, "tests only", shape: "◌")
    case .disabled: mark(.bad, "disabled", shape: "✕")
    }
}
