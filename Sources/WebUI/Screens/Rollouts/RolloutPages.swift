import Access
import HTTPAPI
import Promotions

struct RolloutPages {
    func add(to pages: Pages) {
        pages.page("rollouts") { page in try await RolloutsScreen.load(page) }
        pages.page("rollouts/:id") { page in try await RolloutScreen.load(page) }
        add(.hold, at: "rollouts/:id/hold", to: pages)
        add(.resume, at: "rollouts/:id/resume", to: pages)
        add(.advance, at: "rollouts/:id/advance", to: pages)
        add(.rollBack, at: "rollouts/:id/rollback", to: pages)
    }

    private func add(_ order: RolloutService.Order, at path: String, to pages: Pages) {
        pages.form(
            path,
            { page, form in
                let caller = try page.caller(who: .read)
                let id = try page.segment("id")
                let rollout = try await page.services.serving.rollouts.order(order, id, by: caller, reason: form["reason"])
                return Address.rollout(rollout.id)
            }, reload: { page in try await RolloutScreen.load(page) })
    }
}
