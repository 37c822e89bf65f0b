import Access
import GatehouseCore
import HTTPAPI
import Promotions
import Registry
import Storage

extension PromotionsScreen {
    /// `state`, `model`, and `before`, the last one of the page before.
    static func load(_ page: PageRequest) async throws -> PromotionsScreen {
        _ = try page.caller(who: .read)
        let shown = try shown(page.query("state"))
        let model = try page.query("model").map { try ModelName($0) }
        let last = page.query("before")
        return try await page.services.store.read { tx in
            let before = try last.map { try tx.requiredPromotion($0) }
            let found = try tx.promotions(
                PromotionFilter(model: model, states: shown.states), before: before, limit: promotionsMax + 1)
            let page = Array(found.prefix(promotionsMax))
            return PromotionsScreen(
                promotions: page, shown: shown, model: model, next: found.count > promotionsMax ? page.last?.id : nil)
        }
    }

    private static func shown(_ text: String?) throws(GatehouseError) -> Shown {
        guard let text else { return .all }
        if let shown = Shown(rawValue: text) { return shown }
        throw GatehouseError(
            .invalidArgument, "'state' is not '\(text.prefix(80))'.",
            hint: "It is one of \(Shown.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
}
