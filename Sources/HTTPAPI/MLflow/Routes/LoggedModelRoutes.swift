import Access
import GatehouseCore
import Registry
import Storage
import WireAPI

struct LoggedModelRoutes {
    private static let statuses: [Int64: LoggedModelStatus] = [0: .unspecified, 1: .pending, 2: .ready, 3: .uploadFailed]

    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        routes.post("logged-models") { call in
            try call.caller.require(.logRuns)
            let fields = call.fields
            let request = LoggedModelRequest(
                experiment: try fields.experimentID(), name: try fields.givenText("name"),
                modelType: try fields.text("model_type") ?? "", sourceRun: try fields.text("source_run_id") ?? "",
                params: try fields.looseEntries("params"), tags: try fields.looseEntries("tags"))
            return Self.answer(try await services.tracking.createLoggedModel(request))
        }
        routes.get("logged-models/:model_id") { call in
            try call.caller.require(.read)
            let id = try call.segment("model_id")
            let evenDeleted = try call.fields.text("allow_deleted")?.lowercased() == "true"
            return Self.answer(
                try await services.store.read { tx in try tx.requiredLoggedModel(id, evenDeleted: evenDeleted) })
        }
        // MLflow takes the id of these two calls from the body, not from the path.
        routes.patch("logged-models/:model_id") { call in
            try call.caller.require(.logRuns)
            let id = try call.fields.requiredText("model_id")
            guard try call.fields.has("status") else { throw call.fields.missing("status") }
            guard let status = try call.fields.choice("status", of: LoggedModelStatus.self, numbers: Self.statuses) else {
                throw try call.fields.invalid("status", call.fields.value("status") ?? .null)
            }
            return Self.answer(try await services.tracking.finalizeLoggedModel(id, status: status))
        }
        routes.delete("logged-models/:model_id") { call in
            try call.caller.require(.logRuns)
            try await services.tracking.deleteLoggedModel(call.segment("model_id"))
            return .empty
        }
        addEntries(to: routes)
    }

    private func addEntries(to routes: MLflowRouteTable) {
        routes.patch("logged-models/:model_id/tags") { call in
            try call.caller.require(.logRuns)
            let id = try call.segment("model_id")
            try await services.tracking.setTags(call.fields.looseEntries("tags"), ofLoggedModel: id)
            return .empty
        }
        routes.delete("logged-models/:model_id/tags/:tag_key") { call in
            try call.caller.require(.logRuns)
            let id = try call.segment("model_id")
            try await services.tracking.deleteTag(call.segment("tag_key"), ofLoggedModel: id)
            return .empty
        }
        routes.post("logged-models/:model_id/params") { call in
            try call.caller.require(.logRuns)
            let id = try call.fields.requiredText("model_id")
            try await services.tracking.logParams(call.fields.looseEntries("params"), ofLoggedModel: id)
            return .empty
        }
    }

    private static func answer(_ model: LoggedModel) -> MLflowAnswer {
        MLflowAnswer.object(capacity: 1024) {
            $0.key("model")
            MLflowLoggedModel(model).write(to: &$0)
        }
    }
}
