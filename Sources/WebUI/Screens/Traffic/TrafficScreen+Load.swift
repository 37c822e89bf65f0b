import Access
import GatehouseCore
import HTTPAPI
import Promotions
import Registry
import Serving
import Storage

extension TrafficScreen {
    /// `after`: the name of the last endpoint of the page before.
    static func load(_ page: PageRequest) async throws -> TrafficScreen {
        _ = try page.caller(who: .read)
        let after = page.query("after") ?? ""
        let now = page.visit.now
        let policies = page.services.policies
        let inventory = try await page.services.serving.gateways.inventory()
        return try await page.services.store.read { tx in
            let all = try tx.servingEndpoints()
            let rest = all.filter { $0.endpoint.name > after }
            let shown = rest.prefix(endpointsMax)
            var limits: [ModelName: TrafficLimits] = [:]
            let endpoints = try shown.map { kept in
                let model = kept.endpoint.model
                let known = try limits[model] ?? TrafficLimits(policies.policy(for: model, tx).policy)
                limits[model] = known
                return try tx.endpointNow(kept, inventory.table, limits: known, at: now)
            }
            return TrafficScreen(
                endpoints: endpoints, total: all.count, next: rest.count > shown.count ? shown.last?.endpoint.name : nil,
                gateways: Array(inventory.gateways.prefix(gatewaysMax)), gatewaysTotal: inventory.gateways.count,
                differences: Array(inventory.rows.lazy.filter { $0.difference != nil }.prefix(differencesMax)),
                tableNumber: inventory.table?.number,
                published: inventory.table.map { Timestamp(milliseconds: $0.createdAtMilliseconds) })
        }
    }
}
