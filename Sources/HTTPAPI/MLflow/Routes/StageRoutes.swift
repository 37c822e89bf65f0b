import GatehouseCore
import Promotions
import Registry
import Storage
import WireAPI

/// MLflow's call that moves a version: the same transition as through any other door.
struct StageRoutes {
    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        routes.post("model-versions/transition-stage") { call in
            let name = try call.fields.modelName()
            let text = try (call.fields.requiredText("version"), call.fields.requiredText("stage"))
            let archives = try call.fields.flag("archive_existing_versions") ?? false
            let stage = try call.fields.stage(text.1)
            guard !archives || stage == .staging || stage == .production else {
                throw GatehouseError(
                    .invalidArgument,
                    "Model version transition cannot archive existing model versions because '\(text.1)' is not an Active stage. Valid stages are ['Staging', 'Production']"
                )
            }
            let number = try call.fields.versionNumber(text.0, of: name)
            // What the caller may do depends on the stage that the version is in, which the transaction knows.
            _ = try await services.transitions.transition(
                TransitionRequest(model: name, version: number, to: stage, by: call.caller, archivesExisting: archives))
            return .version(try await services.store.read { tx in try tx.requiredSummary(number, of: name) })
        }
    }
}
