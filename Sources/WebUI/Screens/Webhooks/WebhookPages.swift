import Access
import Events
import GatehouseCore
import HTTPAPI

/// Webhooks, what was delivered, and what is sent again. The same service as the API's routes, with the same permission.
struct WebhookPages {
    func add(to pages: Pages) {
        pages.page("settings/webhooks") { page in try await WebhooksScreen.load(page) }
        pages.page("settings/webhooks/:id") { page in try await WebhookScreen.load(page) }
        pages.form("settings/webhooks", create, reload: { page in try await WebhooksScreen.load(page) })
        act(pages, "replay") { webhooks, id, form, principal in
            let states = try form.optional("state").map { [try Delivery.State.named($0)] }
            _ = try await webhooks.replay(Replay(delivery: form.optional("delivery"), states: states), of: id, by: principal)
        }
        act(pages, "status") { webhooks, id, form, principal in
            let change = WebhookChange(status: try Webhook.Status.named(form["status"]))
            _ = try await webhooks.update(id, change, by: principal)
        }
        act(pages, "delete", goTo: { _ in "/settings/webhooks" }) { webhooks, id, _, principal in
            try await webhooks.delete(id, by: principal)
        }
        // Changes nothing here, so its answer is the page itself.
        pages.post("settings/webhooks/:id/test") { page, _ in
            _ = try page.caller(who: .manageWebhooks)
            let result = try await page.services.webhooks.test(page.segment("id"), nil)
            return page.answer(try await WebhookScreen.load(page, test: result))
        }
    }

    private func create(_ page: PageRequest, _ form: Form) async throws -> String {
        let caller = try page.caller(who: .manageWebhooks)
        let events = try form.all("event").map { (name) throws(GatehouseError) in
            guard let type = EventType(rawValue: name) else {
                throw GatehouseError(.invalidArgument, "There is no event '\(name.prefix(80))'.")
            }
            return type
        }
        let webhook = try await page.services.webhooks.create(
            name: form.required("name", label: "The name"), url: form.required("url", label: "The address"), events: events,
            with: WebhookChange(target: WebhookTarget.named(form["target"]), secret: form.optional("secret")),
            by: caller.principal)
        return Address.webhook(webhook.id)
    }

    private func act(
        _ pages: Pages, _ action: String, goTo: @escaping @Sendable (String) -> String = { Address.webhook($0) },
        _ change: @escaping @Sendable (WebhookService, String, Form, Principal) async throws -> Void
    ) {
        pages.form(
            "settings/webhooks/:id/" + action,
            { page, form in
                let caller = try page.caller(who: .manageWebhooks)
                let id = try page.segment("id")
                try await change(page.services.webhooks, id, form, caller.principal)
                return goTo(id)
            }, reload: { page in try await WebhookScreen.load(page) })
    }
}

extension Address {
    static func webhook(_ id: String) -> String { "/settings/webhooks/" + segment(id) }
}
