import Access
import Events
import GatehouseCore
import HTTPAPI
import Hummingbird
import Secrets

/// Webhooks, what was delivered, and what is sent again. The same service as the API's routes, with the same permission.
struct WebhookPages {
    static let overlapHoursMax = WebhookService.overlapDaysMax * 24

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
        act(pages, "finish") { webhooks, id, _, principal in
            _ = try await webhooks.rotate(id, to: nil, overlapSeconds: nil, by: principal)
        }
        pages.post("settings/webhooks/:id/rotate") { page, form in try await rotate(page, form) }
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

    /// Its answer is the page that shows a secret that was made, once: it is kept where nobody reads it.
    private func rotate(_ page: PageRequest, _ form: Form) async throws -> Response {
        let caller = try page.caller(who: .manageWebhooks)
        do {
            guard let hours = Int64(try form.required("hours", label: "Hours")), (0...Self.overlapHoursMax).contains(hours) else {
                throw GatehouseError(.invalidArgument, "Hours is a whole number from 0 to \(Self.overlapHoursMax).")
            }
            let given = form.optional("secret")
            let secret = given ?? WebhookSecret.text(random: page.services.randomBytes(32))
            _ = try await page.services.webhooks.rotate(
                page.segment("id"), to: secret, overlapSeconds: hours * 3600, by: caller.principal)
            return page.answer(once: try await WebhookScreen.load(page, secret: given == nil ? secret : nil))
        } catch let error as GatehouseError where error.code.httpStatus < 500 {
            return page.answer(try await WebhookScreen.load(page), problem: error, form)
        }
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
