import Access
import GatehouseCore
import HTTPAPI
import Promotions
import Registry
import Storage

extension ShadowScreen {
    /// `run`: one of the endpoint's; else the newest.
    static func load(_ page: PageRequest) async throws -> ShadowScreen {
        _ = try page.caller(who: .read)
        let name = try page.segment("endpoint")
        let asked = page.query("run")
        let now = page.visit.now
        let (policies, ledger) = (page.services.policies, page.services.serving.shadowLedger)
        return try await ledger.inTurn(at: name) {
            try await page.services.store.read { tx in try load(name, run: asked, at: now, policies, ledger, tx) }
        }
    }

    private static func load(
        _ name: String, run asked: String?, at now: Timestamp, _ policies: PolicyBook, _ ledger: ShadowLedger,
        _ tx: SQLTransaction
    ) throws -> ShadowScreen {
        let endpoint = try tx.requiredEndpoint(name).endpoint
        let runs = try tx.shadowRuns(endpoint: name, limit: runsMax)
        let run =
            try asked.map { id in
                guard let run = try tx.shadowRun(id: id), run.endpoint == name else {
                    throw GatehouseError(
                        .notFound, "There is no shadow run '\(id.prefix(80))' of '\(name)'.", hint: "gatehouse shadow list")
                }
                return run
            } ?? runs.first
        let slot = Slot(
            model: endpoint.model, environment: endpoint.environment, segment: run?.segment ?? Slot.defaultSegment)
        return ShadowScreen(
            endpoint: name, environment: endpoint.environment, model: endpoint.model, runs: runs,
            shown: try run.map { run in
                Shown(
                    run: run, picture: try ledger.picture(of: run, under: policies, at: now, tx),
                    champion: try tx.occupant(of: slot, at: run.stopped ?? now)?.version,
                    kept: try tx.keptPairs(endpoint: name, version: run.version))
            })
    }
}
