import GatehouseCore
import Registry
import WireAPI

// Records as MLflow's clients see them.

extension MLflowRegisteredModel {
    init(_ model: RegisteredModel, latest: [ModelVersion]) {
        self.init(
            name: model.name.text, created: model.created.milliseconds, updated: model.updated.milliseconds,
            description: model.description.isEmpty ? nil : model.description,
            latestVersions: latest.map(MLflowModelVersion.init), tags: MLflowTag.list(model.tags),
            aliases: model.aliases.sorted { $0.key.text < $1.key.text }.map {
                MLflowAlias(alias: $0.key.text, version: String($0.value.value))
            })
    }
}

extension MLflowModelVersion {
    init(_ version: ModelVersion) {
        self.init(
            name: version.model.text, version: String(version.number.value), created: version.created.milliseconds,
            updated: version.updated.milliseconds, stage: version.stage.rawValue, description: version.description,
            source: version.source, runID: version.runID, runLink: version.runLink, modelID: version.loggedModelID,
            tags: MLflowTag.list(version.tags), aliases: version.aliases.map(\.text))
    }
}
