import GatehouseCore
import Registry
import WireAPI

// MLflow's objects as the registry's records.

extension MLflowExperiment {
    func imported() throws(GatehouseError) -> Experiment {
        Experiment(
            imported: try ExperimentID(parsing: id), name: name, artifactLocation: artifactLocation,
            lifecycle: try Lifecycle(imported: lifecycleStage), created: Timestamp(milliseconds: created),
            updated: Timestamp(milliseconds: updated), tags: try MLflowTag.distinct(tags))
    }
}

extension MLflowRun {
    func imported() throws(GatehouseError) -> Run {
        guard let status = RunStatus(rawValue: info.status) else {
            throw GatehouseError(.invalidArgument, "There is no status '\(info.status.prefix(80))' of a run.")
        }
        let record = RunInfo(
            imported: info.id, experiment: try ExperimentID(parsing: info.experimentID), name: info.name, userID: info.userID,
            status: status, startTime: info.startTime, endTime: info.endTime, artifactURI: info.artifactURI,
            lifecycle: try Lifecycle(imported: info.lifecycleStage))
        return Run(
            imported: record, params: params.map(\.entry), tags: tags.map(\.entry), inputs: datasets.map(\.input),
            modelInputs: modelInputs,
            modelOutputs: (modelOutputs ?? []).map { ModelOutput(modelID: $0.modelID, step: $0.step) })
    }
}

extension ImportedLoggedModel {
    func imported() throws(GatehouseError) -> LoggedModel {
        guard let status = LoggedModelStatus(rawValue: model.status) else {
            throw GatehouseError(.invalidArgument, "There is no status '\(model.status.prefix(80))' of a logged model.")
        }
        return LoggedModel(
            imported: model.id, experiment: try ExperimentID(parsing: model.experimentID), name: model.name,
            modelType: model.modelType, sourceRun: model.sourceRunID, artifactURI: model.artifactURI, status: status,
            lifecycle: isDeleted ? .deleted : .active, created: Timestamp(milliseconds: model.created),
            updated: Timestamp(milliseconds: model.updated), tags: model.tags.map(\.entry), params: model.params.map(\.entry),
            metrics: model.metrics.map { point in
                let metric = point.metric
                return (
                    run: point.runID ?? "",
                    metric: Metric(
                        key: metric.key, value: metric.value, time: metric.time, step: metric.step, modelID: model.id,
                        dataset: metric.dataset)
                )
            })
    }
}

extension MLflowRegisteredModel {
    func imported() throws(GatehouseError) -> ImportedModel {
        ImportedModel(
            name: try ModelName(name), description: description ?? "", tags: try MLflowTag.distinct(tags),
            created: Timestamp(milliseconds: created), updated: Timestamp(milliseconds: updated))
    }
}

extension ImportedModelVersion {
    var id: String { "\(version.name)/\(version.version)" }

    func imported() throws(GatehouseError) -> ImportedVersion {
        func given(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
        var request = VersionRequest(
            model: try ModelName(version.name), source: version.source, runID: given(version.runID),
            runLink: given(version.runLink), loggedModelID: given(version.modelID), description: version.description ?? "",
            tags: try MLflowTag.distinct(version.tags))
        request.storageLocation = storageLocation
        return ImportedVersion(
            request, number: try VersionNumber(parsing: version.version), created: Timestamp(milliseconds: version.created),
            updated: Timestamp(milliseconds: version.updated))
    }
}

extension ImportedModelAlias {
    var id: String { "\(model)@\(alias.alias)" }
}

extension ImportedStage {
    var id: String { "\(model)/\(version)" }
}

extension MLflowTag {
    static func distinct(_ tags: [MLflowTag]) throws(GatehouseError) -> [String: String] {
        var distinct: [String: String] = [:]
        for tag in tags where distinct.updateValue(tag.value, forKey: tag.key) != nil {
            throw GatehouseError(.invalidArgument, "The tag '\(tag.key.prefix(200))' is there twice.")
        }
        return distinct
    }
}

extension Lifecycle {
    fileprivate init(imported text: String) throws(GatehouseError) {
        guard let lifecycle = Lifecycle(rawValue: text) else {
            throw GatehouseError(.invalidArgument, "There is no state of life '\(text.prefix(80))'.")
        }
        self = lifecycle
    }
}
