import Access
import GatehouseCore
import HTTPAPI
import Promotions
import Storage

extension SlotExperimentScreen {
    static func load(_ page: PageRequest) async throws -> SlotExperimentScreen {
        _ = try page.caller(who: .read)
        let id = try page.segment("id")
        let now = page.visit.now
        let ledger = page.services.serving.experimentLedger
        return try await ledger.inTurn(of: id) {
            try await page.services.store.read { tx in
                SlotExperimentScreen(finding: try ledger.finding(of: tx.requiredSlotExperiment(id), at: now, tx))
            }
        }
    }
}

extension SlotExperimentsScreen {
    /// `model` and `open` as in the API.
    static func load(_ page: PageRequest) async throws -> SlotExperimentsScreen {
        _ = try page.caller(who: .read)
        let model = try page.query("model").map { try ModelName($0) }
        let onlyOpen = try page.flag("open")
        return try await page.services.store.read { tx in
            SlotExperimentsScreen(
                model: model, onlyOpen: onlyOpen,
                experiments: try tx.slotExperiments(of: model, isOpen: onlyOpen, limit: experimentsMax))
        }
    }
}
