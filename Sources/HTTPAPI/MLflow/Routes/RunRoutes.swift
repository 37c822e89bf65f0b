import Access
import GatehouseCore
import Registry
import Storage
import WireAPI

struct RunRoutes {
    private static let statuses: [Int64: RunStatus] = [1: .running, 2: .scheduled, 3: .finished, 4: .failed, 5: .killed]

    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        addLife(to: routes)
        addLogging(to: routes)
        addLinks(to: routes)
    }

    private func addLife(to routes: MLflowRouteTable) {
        routes.get("runs/get") { call in
            try call.caller.require(.read)
            let id = try call.fields.requiredRunID()
            return Self.answer(MLflowRun(try await services.store.read { tx in try tx.run(id) }))
        }
        routes.post("runs/create") { call in
            try call.caller.require(.logRuns)
            let fields = call.fields
            let request = RunRequest(
                experiment: try fields.experimentID(), name: try fields.text("run_name"),
                userID: try fields.text("user_id") ?? "",
                startTime: try fields.integer("start_time") ?? 0, tags: try fields.looseEntries("tags"))
            return Self.answer(MLflowRun(try await services.tracking.createRun(request), isFresh: true))
        }
        routes.post("runs/update") { call in
            try call.caller.require(.logRuns)
            let fields = call.fields
            let info = try await services.tracking.updateRun(
                fields.requiredRunID(), name: fields.text("run_name"),
                status: fields.choice("status", of: RunStatus.self, numbers: Self.statuses),
                endTime: fields.integer("end_time"))
            return MLflowAnswer.object {
                $0.key("run_info")
                MLflowRunInfo(info).write(to: &$0)
            }
        }
        routes.post("runs/delete") { call in
            try call.caller.require(.logRuns)
            try await services.tracking.deleteRun(call.fields.requiredRunID())
            return .empty
        }
        routes.post("runs/restore") { call in
            try call.caller.require(.logRuns)
            try await services.tracking.restoreRun(call.fields.requiredRunID())
            return .empty
        }
    }

    private func addLogging(to routes: MLflowRouteTable) {
        routes.post("runs/log-metric") { call in
            try call.caller.require(.logRuns)
            let id = try call.fields.requiredRunID()
            try await services.tracking.log(MLflowMetric(call.fields).metric, ofRun: id)
            return .empty
        }
        routes.post("runs/log-parameter") { call in
            try call.caller.require(.logRuns)
            let id = try call.fields.requiredRunID()
            try await services.tracking.log(MLflowTag(call.fields).entry, ofRun: id)
            return .empty
        }
        routes.post("runs/log-batch") { call in
            try call.caller.require(.logRuns)
            let fields = call.fields
            let id = try fields.requiredRunID()
            let batch = try RunBatch(
                metrics: fields.objects("metrics").map { try MLflowMetric($0).metric }, params: fields.entries("params"),
                tags: fields.entries("tags"))
            try await services.tracking.log(batch, ofRun: id)
            return .empty
        }
        routes.post("runs/set-tag") { call in
            try call.caller.require(.logRuns)
            let id = try call.fields.requiredRunID()
            try await services.tracking.setTag(MLflowTag(call.fields).entry, ofRun: id)
            return .empty
        }
        routes.post("runs/delete-tag") { call in
            try call.caller.require(.logRuns)
            let id = try call.fields.requiredRunID()
            try await services.tracking.deleteTag(call.fields.requiredText("key"), ofRun: id)
            return .empty
        }
    }

    private func addLinks(to routes: MLflowRouteTable) {
        routes.post("runs/log-inputs") { call in
            try call.caller.require(.logRuns)
            let fields = call.fields
            let id = try fields.requiredRunID()
            let datasets = try fields.objects("datasets").map { try MLflowDatasetInput($0).input }
            let models = try fields.objects("models").map { try $0.requiredText("model_id") }
            try await services.tracking.logInputs(datasets, models: models, ofRun: id)
            return .empty
        }
        routes.post("runs/outputs") { call in
            try call.caller.require(.logRuns)
            let fields = call.fields
            let id = try fields.requiredRunID()
            guard try fields.has("models") else { throw fields.missing("models") }
            let outputs = try fields.objects("models").map(MLflowModelOutput.init)
            try await services.tracking.logOutputs(
                outputs.map { ModelOutput(modelID: $0.modelID, step: $0.step) }, ofRun: id)
            return .empty
        }
        routes.post("runs/log-model") { call in
            try call.caller.require(.logRuns)
            let id = try call.fields.requiredRunID()
            try await services.tracking.logModel(call.fields.requiredText("model_json"), ofRun: id)
            return .empty
        }
    }

    private static func answer(_ run: MLflowRun) -> MLflowAnswer {
        MLflowAnswer.object(capacity: 4096) {
            $0.key("run")
            run.write(to: &$0)
        }
    }
}
