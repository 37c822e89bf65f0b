import Access
import GatehouseCore
import HTTPAPI
import Promotions
import Registry
import Storage

extension ModelsScreen {
    /// `q` is a filter in MLflow's syntax, or plain words that a name must contain.
    static func load(_ page: PageRequest) async throws -> ModelsScreen {
        _ = try page.caller(who: .read)
        let filter = page.query("q")
        let after = try page.query("after").map { try ModelName($0) }
        return try await page.services.store.read { tx in
            let found = try tx.models(where: condition(filter), after: after, limit: modelsMax + 1)
            let shown = Array(found.prefix(modelsMax))
            let open = try tx.openPromotionCounts(of: shown.map(\.name))
            let rows = try shown.map { model in
                let champion = try tx.occupant(of: Slot(model: model.name))
                return Row(
                    name: model.name, description: model.description, versions: try tx.versionCount(of: model.name),
                    newest: try tx.versions(of: model.name, limit: 1).first?.number, champion: champion?.version,
                    championSince: champion?.from, open: open[model.name] ?? 0, updated: model.updated)
            }
            return ModelsScreen(rows: rows, filter: filter, next: found.count > modelsMax ? shown.last?.name : nil)
        }
    }

    /// Registers a model. The same rule as the API's route.
    static func register(_ page: PageRequest, _ form: Form) async throws -> String {
        let name = try ModelName(form.required("name", label: "Name"))
        let caller = try page.caller(who: .register(name))
        let model = try await page.services.registry.createModel(
            name, description: form["description"], by: caller.principal)
        return Address.model(model.name)
    }

    /// Every word must stand in the name.
    private static func condition(_ filter: String?) -> SQLStatement {
        let words = (filter ?? "").split(separator: " ").prefix(8)
        guard !words.isEmpty else { return "1 = 1" }
        return .joined(words.map { "LOWER(m.name) LIKE \(pattern($0)) ESCAPE '!'" }, by: " AND ")
    }

    private static func pattern(_ word: Substring) -> String {
        let escaped = word.lowercased().map { "%_!".contains($0) ? "!\($0)" : String($0) }.joined()
        return "%\(escaped)%"
    }
}
