package import GatehouseCore

/// Records of another tracking server, under the ids and numbers that they have there.
package struct ImportedRecords: Sendable {
    package var experiments: [Experiment] = []
    /// Without metrics: those come on their own, because there may be millions.
    package var runs: [Run] = []
    package var metrics: [ImportedMetrics] = []
    package var loggedModels: [LoggedModel] = []
    package var models: [ImportedModel] = []
    package var versions: [ImportedVersion] = []
    package var aliases: [ImportedAlias] = []

    package init() {}
}

/// Points of metrics of one run.
package struct ImportedMetrics: Sendable {
    package let run: String
    package let points: [Metric]

    package init(run: String, points: [Metric]) {
        self.run = run
        self.points = points
    }
}

package struct ImportedModel: Sendable {
    package let name: ModelName
    package let description: String
    package let tags: [String: String]
    package let created: Timestamp
    package let updated: Timestamp

    package init(name: ModelName, description: String, tags: [String: String], created: Timestamp, updated: Timestamp) {
        self.name = name
        self.description = description
        self.tags = tags
        self.created = created
        self.updated = updated
    }
}

package struct ImportedVersion: Sendable {
    /// MLflow's own numbers are 32 bits wide.
    package static let numberMax: Int64 = 2_147_483_647

    /// With the files that its source stands for on this server, where they were found.
    package var request: VersionRequest
    package let number: VersionNumber
    package let created: Timestamp
    package let updated: Timestamp

    package init(_ request: VersionRequest, number: VersionNumber, created: Timestamp, updated: Timestamp) {
        self.request = request
        self.number = number
        self.created = created
        self.updated = updated
    }
}

package struct ImportedAlias: Sendable {
    package let alias: Alias
    package let model: ModelName
    package let version: VersionNumber

    package init(_ alias: Alias, of model: ModelName, to version: VersionNumber) {
        self.alias = alias
        self.model = model
        self.version = version
    }
}

extension Experiment {
    /// Larger numbers leave no room for those that come after.
    static let importedIDMax: Int64 = 4_000_000_000_000_000_000

    package init(
        imported id: ExperimentID, name: String, artifactLocation: String, lifecycle: Lifecycle, created: Timestamp,
        updated: Timestamp, tags: [String: String]
    ) {
        self.init(
            id: id, name: name, artifactLocation: artifactLocation, lifecycle: lifecycle, created: created, updated: updated,
            tags: tags)
    }
}

extension RunInfo {
    package init(
        imported id: String, experiment: ExperimentID, name: String, userID: String, status: RunStatus, startTime: Int64,
        endTime: Int64?, artifactURI: String, lifecycle: Lifecycle
    ) {
        self.init(
            id: id, experiment: experiment, name: name, userID: userID, status: status, startTime: startTime,
            endTime: endTime, artifactURI: artifactURI, lifecycle: lifecycle)
    }
}

extension Run {
    package init(
        imported info: RunInfo, params: [LoggedEntry], tags: [LoggedEntry], inputs: [DatasetInput], modelInputs: [String],
        modelOutputs: [ModelOutput]
    ) {
        self.init(
            info: info, metrics: [], params: params, tags: tags, inputs: inputs, modelInputs: modelInputs,
            modelOutputs: modelOutputs)
    }
}

extension LoggedModel {
    package init(
        imported id: String, experiment: ExperimentID, name: String, modelType: String, sourceRun: String, artifactURI: String,
        status: LoggedModelStatus, lifecycle: Lifecycle, created: Timestamp, updated: Timestamp, tags: [LoggedEntry],
        params: [LoggedEntry], metrics: [(run: String, metric: Metric)]
    ) {
        self.init(
            id: id, experiment: experiment, name: name, modelType: modelType, sourceRun: sourceRun, artifactURI: artifactURI,
            status: status, lifecycle: lifecycle, created: created, updated: updated, tags: tags, params: params,
            metrics: metrics.map { LoggedModelMetric(run: $0.run, metric: $0.metric) })
    }
}
