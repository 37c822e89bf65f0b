import Access
import Foundation
import GatehouseCore
import Registry
import Storage
import WireAPI

struct ExperimentRoutes {
    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        addReads(to: routes)
        routes.post("experiments/create") { call in
            try call.caller.require(.logRuns)
            let fields = call.fields
            let name = try fields.requiredText("name")
            let location = try fields.givenText("artifact_location").map {
                try ArtifactLocation(parsing: $0, in: FileManager.default.currentDirectoryPath)
            }
            let tags = try fields.looseEntries("tags").map { (key: $0.key, value: $0.value) }
            let id = try await services.tracking.createExperiment(name, artifactLocation: location, tags: tags)
            return MLflowAnswer.object { $0.member("experiment_id", id.description) }
        }
        routes.post("experiments/update") { call in
            try call.caller.require(.logRuns)
            let id = try call.fields.experimentID()
            try await services.tracking.renameExperiment(id, to: call.fields.requiredText("new_name"))
            return .empty
        }
        routes.post("experiments/delete") { call in
            try call.caller.require(.logRuns)
            try await services.tracking.deleteExperiment(call.fields.experimentID())
            return .empty
        }
        routes.post("experiments/restore") { call in
            try call.caller.require(.logRuns)
            try await services.tracking.restoreExperiment(call.fields.experimentID())
            return .empty
        }
        routes.post("experiments/set-experiment-tag") { call in
            try call.caller.require(.logRuns)
            let fields = call.fields
            let id = try fields.experimentID()
            try await services.tracking.setTag(fields.requiredText("key"), fields.text("value") ?? "", of: id)
            return .empty
        }
        routes.post("experiments/delete-experiment-tag") { call in
            try call.caller.require(.logRuns)
            let id = try call.fields.experimentID()
            try await services.tracking.deleteTag(call.fields.requiredText("key"), of: id)
            return .empty
        }
    }

    private func addReads(to routes: MLflowRouteTable) {
        routes.get("experiments/get") { call in
            try call.caller.require(.read)
            let id = try call.fields.experimentID()
            return Self.answer(try await services.store.read { tx in try tx.requiredExperiment(id) })
        }
        routes.get("experiments/get-by-name") { call in
            try call.caller.require(.read)
            let name = try call.fields.requiredText("experiment_name")
            guard let found = try await services.store.read({ tx in try tx.experiment(named: name) }) else {
                throw GatehouseError(.notFound, "Could not find experiment with name '\(name)'")
            }
            return Self.answer(found)
        }
    }

    private static func answer(_ experiment: Experiment) -> MLflowAnswer {
        MLflowAnswer.object {
            $0.key("experiment")
            MLflowExperiment(experiment).write(to: &$0)
        }
    }
}
