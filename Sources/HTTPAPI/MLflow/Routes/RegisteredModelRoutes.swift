import Access
import GatehouseCore
import Registry
import Storage
import WireAPI

struct RegisteredModelRoutes {
    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        routes.get("registered-models/get") { call in
            try call.caller.require(.read)
            let name = try ModelName(call.fields.requiredText("name"))
            let model = try await services.store.read { tx in
                let model = try tx.requiredModel(name)
                return MLflowRegisteredModel(model, latest: try tx.latestVersions(of: [name])[name] ?? [])
            }
            return MLflowAnswer.object { json in
                json.key("registered_model")
                model.write(to: &json)
            }
        }
    }
}
