import Access
import GatehouseCore
import HTTPAPI
import Promotions
import Registry
import Storage

struct EndpointPages {
    func add(to pages: Pages) {
        pages.page("traffic/:endpoint") { page in try await EndpointScreen.load(page) }
        pages.form(
            "traffic/:endpoint/rollback/:index",
            { page, form in try await rollBack(page, form) }, reload: { page in try await EndpointScreen.load(page) })
        pages.form(
            "traffic/:endpoint/shadow/:run/stop",
            { page, form in
                let caller = try page.caller(who: .read)
                let run = try await page.services.serving.shadows.stop(page.segment("run"), reason: form["reason"], by: caller)
                return Address.endpoint(run.endpoint)
            }, reload: { page in try await EndpointScreen.load(page) })
    }

    /// To the version that the page named: where another one came in between, that is said instead.
    private func rollBack(_ page: PageRequest, _ form: Form) async throws -> String {
        let caller = try page.caller(who: .read)
        let name = try page.segment("endpoint")
        let endpoint = try await page.services.store.read { tx in try tx.requiredEndpoint(name).endpoint }
        let slot = try Slot.named(endpoint.model, environment: endpoint.environment, segment: form.optional("segment"))
        let target = try VersionNumber(parsing: form.required("to", label: "The version to return to"))
        _ = try await page.services.rollbacks.rollBack(
            RollbackRequest(slot: slot, to: target, reason: form["reason"], by: caller))
        return Address.endpoint(name)
    }
}
