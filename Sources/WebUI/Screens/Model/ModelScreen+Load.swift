import Access
import GatehouseCore
import Gates
import HTTPAPI
import Promotions
import Registry
import Storage

extension ModelScreen {
    /// `before` is the last version of the page before.
    static func load(_ page: PageRequest) async throws -> ModelScreen {
        _ = try page.caller(who: .read)
        let name = try page.model()
        let before = try page.query("before").map { try VersionNumber(parsing: $0) }
        let services = page.services
        let now = page.visit.now
        return try await services.store.read { tx in
            let model = try tx.requiredModel(name)
            let found = try tx.versions(of: name, before: before, limit: versionsMax + 1)
            let inForce = try services.policies.policy(for: name, tx)
            let slots = try tx.slotsEverOccupied(of: name, limit: slotsMax)
            let champion = Slot(model: name).role
            let lanes = try (slots.filter { $0.role == champion } + slots.filter { $0.role != champion }).map { slot in
                Lane(slot: slot, stays: try tx.history(of: slot, limit: staysMax).reversed())
            }
            return ModelScreen(
                model: model, versionCount: try tx.versionCount(of: name), versions: Array(found.prefix(versionsMax)),
                next: found.count > versionsMax ? found[versionsMax - 1].number : nil, active: try tx.occupancies(of: name),
                lanes: lanes, openPromotions: try tx.openPromotionCounts(of: [name])[name] ?? 0,
                openRollouts: try tx.rollouts(of: name, onlyOpen: true, limit: 5), policy: inForce.reference,
                enforcement: inForce.policy.enforcement, policyApplied: inForce.applied,
                protected: try model.aliases.keys.reduce(into: [:]) { $0[$1] = try inForce.slot(of: name, behind: $1) },
                stale: try services.policies.staleness(of: inForce, for: name, at: now, tx), now: now)
        }
    }

    /// Points an alias at a version. The same rule as the API's route.
    static func setAlias(_ page: PageRequest, _ form: Form) async throws -> String {
        let name = try page.model()
        let alias = try Alias(form.required("alias", label: "Alias"))
        let version = try VersionNumber(parsing: form.required("version", label: "Version"))
        try await page.services.aliases.set(
            alias, of: name, to: version, reason: form.optional("reason"), by: page.caller())
        return Address.model(name) + "#aliases"
    }

    static func deleteAlias(_ page: PageRequest, _ form: Form) async throws -> String {
        let name = try page.model()
        try await page.services.aliases.delete(
            Alias(form.required("gone", label: "Alias")), of: name, reason: form.optional("reason"), by: page.caller())
        return Address.model(name) + "#aliases"
    }
}
