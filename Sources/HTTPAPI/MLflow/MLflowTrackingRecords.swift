import GatehouseCore
import Registry
import WireAPI

// Experiments, runs and logged models as MLflow's clients see them.

extension MLflowExperiment {
    init(_ experiment: Experiment) {
        self.init(
            id: experiment.id.description, name: experiment.name, artifactLocation: experiment.artifactLocation,
            lifecycleStage: experiment.lifecycle.rawValue, created: experiment.created.milliseconds,
            updated: experiment.updated.milliseconds, tags: MLflowTag.list(experiment.tags))
    }
}

extension MLflowRunInfo {
    init(_ info: RunInfo) {
        self.init(
            id: info.id, name: info.name, experimentID: info.experiment.description, userID: info.userID,
            status: info.status.rawValue, startTime: info.startTime, endTime: info.endTime, artifactURI: info.artifactURI,
            lifecycleStage: info.lifecycle.rawValue)
    }
}

extension MLflowRun {
    /// The answer to starting a run has no outputs, not even an empty object.
    init(_ run: Run, isFresh: Bool = false) {
        self.init(
            info: MLflowRunInfo(run.info), metrics: run.metrics.map { MLflowMetric($0) }, params: run.params.map(MLflowTag.init),
            tags: run.tags.map(MLflowTag.init), datasets: run.inputs.map(MLflowDatasetInput.init),
            modelInputs: run.modelInputs,
            modelOutputs: isFresh ? nil : run.modelOutputs.map { MLflowModelOutput(modelID: $0.modelID, step: $0.step) })
    }
}

extension MLflowMetric {
    init(_ metric: Metric, run: String? = nil) {
        self.init(
            key: metric.key, value: metric.value, timestamp: metric.time, step: metric.step, datasetName: metric.dataset?.name,
            datasetDigest: metric.dataset?.digest, modelID: metric.modelID, runID: run)
    }

    var metric: Metric {
        var dataset: Metric.DatasetName?
        if let datasetName, let datasetDigest { dataset = .init(name: datasetName, digest: datasetDigest) }
        return Metric(key: key, value: value, time: timestamp, step: step, modelID: modelID, dataset: dataset)
    }
}

extension MLflowTag {
    init(_ entry: LoggedEntry) { self.init(key: entry.key, value: entry.value) }

    var entry: LoggedEntry { LoggedEntry(key: key, value: value) }
}

extension MLflowDatasetInput {
    init(_ input: DatasetInput) {
        self.init(
            name: input.dataset.name, digest: input.dataset.digest, sourceType: input.dataset.sourceType,
            source: input.dataset.source, schema: input.dataset.schema, profile: input.dataset.profile,
            tags: input.tags.map(MLflowTag.init))
    }

    var input: DatasetInput {
        DatasetInput(
            dataset: RunDataset(
                name: name, digest: digest, sourceType: sourceType, source: source, schema: schema, profile: profile),
            tags: tags.map(\.entry))
    }
}

extension MLflowLoggedModel {
    init(_ model: LoggedModel) {
        self.init(
            id: model.id, experimentID: model.experiment.description, name: model.name, created: model.created.milliseconds,
            updated: model.updated.milliseconds, artifactURI: model.artifactURI, status: model.status.rawValue,
            modelType: model.modelType, sourceRunID: model.sourceRun, tags: model.tags.map(MLflowTag.init),
            params: model.params.map(MLflowTag.init), metrics: model.metrics.map { MLflowMetric($0.metric, run: $0.run) })
    }
}

extension MLflowFields {
    func experimentID() throws -> ExperimentID { try ExperimentID(parsing: requiredText("experiment_id")) }

    func experimentIDs() throws -> [ExperimentID] { try texts("experiment_ids").map { try ExperimentID(parsing: $0) } }

    /// Params or tags, with keys that must not be missing.
    func entries(_ name: String) throws -> [LoggedEntry] { try objects(name).map { try MLflowTag($0).entry } }

    /// Params or tags of which MLflow does not ask that they have a key.
    func looseEntries(_ name: String) throws -> [LoggedEntry] {
        try objects(name).map { LoggedEntry(key: try $0.text("key") ?? "", value: try $0.text("value") ?? "") }
    }

    /// Which of the living and the deleted to show; what MLflow does not know is the living.
    func lifecycleView(_ name: String) throws -> LifecycleView {
        let numbers: [Int64: LifecycleView] = [1: .active, 2: .deleted, 3: .all]
        return (try? choice(name, of: LifecycleView.self, numbers: numbers)) ?? .active
    }
}
