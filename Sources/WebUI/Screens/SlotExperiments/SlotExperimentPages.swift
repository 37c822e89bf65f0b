import Access
import HTTPAPI
import Promotions

struct SlotExperimentPages {
    func add(to pages: Pages) {
        pages.page("slot-experiments") { page in try await SlotExperimentsScreen.load(page) }
        pages.page("slot-experiments/:id") { page in try await SlotExperimentScreen.load(page) }
        pages.form(
            "slot-experiments/:id/stop",
            { page, form in
                let caller = try page.caller(who: .read)
                let stopped = try await page.services.serving.experiments.stop(
                    page.segment("id"), reason: form["reason"], by: caller)
                return SlotExperimentScreen.address(stopped.id)
            }, reload: { page in try await SlotExperimentScreen.load(page) })
    }
}

extension SlotExperimentScreen {
    static func address(_ id: String) -> String { "/slot-experiments/" + Address.segment(id) }
}
