import GatehouseCore
import Registry
import WireAPI

// Records as MLflow's clients see them.

extension MLflowRegisteredModel {
    init(_ model: ModelSummary) {
        self.init(
            name: model.name, created: model.created, updated: model.updated,
            description: model.description.isEmpty ? nil : model.description,
            latestVersions: model.latest.map { MLflowModelVersion($0, withAliases: false) },
            tags: model.tags.map { MLflowTag(key: $0.key, value: $0.value) },
            aliases: model.aliases.map { MLflowAlias(alias: $0.alias, version: String($0.version)) })
    }
}

extension MLflowModelVersion {
    /// MLflow's registry keeps no model id with a version, so none is sent. Lists inside other answers come without aliases.
    init(_ version: VersionSummary, withAliases: Bool = true) {
        self.init(
            name: version.model, version: String(version.number), created: version.created, updated: version.updated,
            stage: version.stage, description: version.description, source: version.source, runID: version.runID ?? "",
            runLink: version.runLink ?? "", modelID: nil,
            tags: version.tags.map { MLflowTag(key: $0.key, value: $0.value) }, aliases: withAliases ? version.aliases : [])
    }
}
