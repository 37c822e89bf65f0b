import GatehouseCore
import Storage

extension Tracking {
    /// Logs one point. Fails with `notFound` (run, logged model) and `invalidArgument`.
    package func log(_ metric: Metric, ofRun id: String) async throws {
        try metric.check(place: "")
        try await store.write { tx in
            try tx.requiredRunInfo(id).requireActive()
            try tx.addMetrics([metric], ofRun: id)
            try Self.addModelMetrics([metric], ofRun: id, in: tx)
        }
    }

    /// Logs a param. The same value again is fine. Fails with `invalidArgument` for another one, and with `notFound`.
    package func log(_ param: LoggedEntry, ofRun id: String) async throws {
        let param = try Run.param(param)
        try await store.write { tx in
            try tx.requiredRunInfo(id).requireActive()
            if let conflict = try tx.addParams([param], ofRun: id).first {
                throw GatehouseError(
                    .invalidArgument,
                    "Changing param values is not allowed. Param with key='\(param.key)' was already logged with "
                        + "value='\(conflict.kept)' for run ID='\(id)'. Attempted logging new value '\(param.value)'.")
            }
        }
    }

    /// Logs a batch in one transaction: when one entry is refused, none is kept. (MLflow keeps those before it.)
    /// Fails with `notFound` and `invalidArgument`.
    package func log(_ batch: RunBatch, ofRun id: String) async throws {
        try Run.checkID(id)
        try await store.write { tx in
            try tx.requiredRunInfo(id).requireActive()
            let conflicts = try tx.addParams(batch.params, ofRun: id)
            guard conflicts.isEmpty else {
                let list = conflicts.map {
                    "{'key': '\($0.param.key)', 'old_value': '\($0.kept)', 'new_value': '\($0.param.value)'}"
                }
                throw GatehouseError(
                    .invalidArgument,
                    "Changing param values is not allowed. Params were already logged='[\(list.joined(separator: ", "))]' for run ID='\(id)'."
                )
            }
            try tx.addMetrics(batch.metrics, ofRun: id)
            try Self.addModelMetrics(batch.metrics, ofRun: id, in: tx)
            try Self.set(batch.tags, ofRun: id, in: tx)
        }
    }

    /// Points that name a logged model are kept with it too. Fails with `notFound` for one that is not there.
    private static func addModelMetrics(_ metrics: [Metric], ofRun id: String, in tx: SQLTransaction) throws {
        let models = Set(metrics.compactMap(\.modelID))
        guard !models.isEmpty else { return }
        let known = try tx.knownLoggedModels(models.sorted())
        if let missing = models.subtracting(known).min() { throw LoggedModel.notFound(missing) }
        try tx.addMetrics(metrics, toModelsFromRun: id)
    }

    /// Records what a run read: datasets and models. What is recorded already stays. Fails with `notFound`, `invalidArgument`.
    package func logInputs(_ datasets: [DatasetInput], models: [String], ofRun id: String) async throws {
        try Run.checkID(id)
        guard datasets.count <= DatasetInput.perCallMax, models.count <= DatasetInput.perCallMax else {
            throw GatehouseError(.invalidArgument, "A call records at most \(DatasetInput.perCallMax) datasets and models.")
        }
        for dataset in datasets { try dataset.check() }
        try await store.write { tx in
            let run = try tx.requiredRunInfo(id)
            try run.requireActive()
            try tx.addInputs(datasets, of: run)
            try tx.addModelInputs(models, ofRun: id)
        }
    }

    /// Records the models that a run made; of one model the last step counts. Fails with `notFound`, `invalidArgument`.
    package func logOutputs(_ outputs: [ModelOutput], ofRun id: String) async throws {
        guard outputs.count <= DatasetInput.perCallMax else {
            throw GatehouseError(.invalidArgument, "A call records at most \(DatasetInput.perCallMax) models.")
        }
        try await store.write { tx in
            try tx.requiredRunInfo(id).requireActive()
            try tx.addModelOutputs(outputs, ofRun: id)
        }
    }

    /// MLflow's older way to say that a run made a model: its description is added to a list in a tag.
    /// Fails with `notFound` and `invalidArgument`.
    package func logModel(_ text: String, ofRun id: String) async throws {
        let entry = try ModelHistory.entry(text)
        try await store.write { tx in
            try tx.requiredRunInfo(id).requireActive()
            let history = try ModelHistory.adding(entry, to: tx.tag(Run.modelHistoryTag, ofRun: id))
            try tx.setTags([LoggedEntry(key: Run.modelHistoryTag, value: history)], ofRun: id)
        }
    }
}

/// The tag in which MLflow's older clients find the models of a run.
enum ModelHistory {
    static let charactersMax = 1_000_000
    private static let required = ["artifact_path", "flavors", "run_id", "utc_time_created"]

    /// What is kept of a model's description. Fails with `invalidArgument`.
    static func entry(_ text: String) throws(GatehouseError) -> JSONValue {
        guard let model = try? JSONParser.parse(text), let members = model.objectValue else {
            throw GatehouseError(
                .invalidArgument, "Malformed model info. \n \(text.prefix(1000)) \n is not a valid JSON.")
        }
        let missing = required.filter { members[$0] == nil }
        guard missing.isEmpty else {
            let list = missing.map { "'\($0)'" }.joined(separator: ", ")
            throw GatehouseError(.invalidArgument, "Model json is missing mandatory fields: {\(list)}")
        }
        var kept = members.filter { ["run_id", "utc_time_created", "artifact_path", "model_uuid"].contains($0.key) }
        kept["model_uuid"] = kept["model_uuid"] ?? .null
        let flavors = members["flavors"]?.objectValue ?? [:]
        kept["flavors"] = .object(
            flavors.mapValues { flavor in flavor.objectValue.map { .object($0.filter { $0.key != "config" }) } ?? flavor })
        return .object(kept)
    }

    static func adding(_ entry: JSONValue, to history: String?) throws(GatehouseError) -> String {
        let earlier = history.flatMap { try? JSONParser.parse($0).arrayValue } ?? []
        let text = JSONValue.array(earlier + [entry]).canonicalText
        guard text.unicodeScalars.count <= charactersMax else {
            throw GatehouseError(
                .invalidArgument, "The models of this run fill more than \(charactersMax) characters.",
                hint: "Log the model with a newer client: it does not need this list.")
        }
        return text
    }
}
