import Access
import GatehouseCore
import Promotions
import Registry
import Storage
import WireAPI

/// MLflow's calls about aliases. The one that stands for Production is decided as a transition, and who may move which alias is
/// asked where that is known.
struct AliasRoutes {
    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        routes.get("registered-models/alias") { call in
            try call.caller.require(.read)
            let name = try call.fields.modelName()
            let alias = try Alias(existing: call.fields.requiredText("alias"))
            let isLatest = alias.text.lowercased() == Alias.latest
            return try await services.answers.answer(to: call) {
                .version(
                    try await services.store.read { tx in
                        isLatest ? try tx.newestSummary(of: name) : try tx.requiredSummary(of: alias, model: name)
                    })
            }
        }
        routes.post("registered-models/alias") { call in
            let name = try call.fields.modelName()
            let alias = try Alias(call.fields.requiredText("alias"))
            let number = try call.fields.versionNumber(of: name)
            try await services.aliases.set(alias, of: name, to: number, reason: nil, by: call.caller)
            return .empty
        }
        routes.delete("registered-models/alias") { call in
            let name = try call.fields.modelName()
            let alias = try Alias(existing: call.fields.requiredText("alias"))
            try await services.aliases.delete(alias, of: name, by: call.caller)
            return .empty
        }
    }
}
