package import GatehouseCore

/// How far a logged model has come. The raw value is MLflow's name for it.
package enum LoggedModelStatus: String, Sendable, CaseIterable {
    case unspecified = "LOGGED_MODEL_STATUS_UNSPECIFIED"
    case pending = "LOGGED_MODEL_PENDING"
    case ready = "LOGGED_MODEL_READY"
    case uploadFailed = "LOGGED_MODEL_UPLOAD_FAILED"
}

/// A model as a run or a script logged it, before anybody registers it.
package struct LoggedModel: Sendable, Hashable {
    package let id: String
    package let experiment: ExperimentID
    package let name: String
    /// Empty when nobody said.
    package let modelType: String
    /// Empty when it was logged outside a run.
    package let sourceRun: String
    package let artifactURI: String
    package let status: LoggedModelStatus
    package let lifecycle: Lifecycle
    package let created: Timestamp
    package let updated: Timestamp
    package let tags: [LoggedEntry]
    package let params: [LoggedEntry]
    package let metrics: [LoggedModelMetric]
}

/// A point of a metric, and the run that logged it.
package struct LoggedModelMetric: Sendable, Hashable {
    package let run: String
    package let metric: Metric

    package init(run: String, metric: Metric) {
        self.run = run
        self.metric = metric
    }
}

/// What is asked for when a model is logged.
package struct LoggedModelRequest: Sendable, Hashable {
    package var experiment: ExperimentID
    package var name: String?
    package var modelType: String
    package var sourceRun: String
    package var params: [LoggedEntry]
    package var tags: [LoggedEntry]

    package init(
        experiment: ExperimentID, name: String? = nil, modelType: String = "", sourceRun: String = "",
        params: [LoggedEntry] = [], tags: [LoggedEntry] = []
    ) {
        self.experiment = experiment
        self.name = name
        self.modelType = modelType
        self.sourceRun = sourceRun
        self.params = params
        self.tags = tags
    }
}

extension LoggedModel {
    static let nameCharactersMax = 500
    static let modelTypeCharactersMax = 500
    static let keyCharactersMax = 255
    static let valueCharactersMax = 100_000
    static let entriesPerCallMax = 1000
    /// Of all models of a page together.
    static let metricPointsMax = 100_000
    private static let forbidden: [Character] = ["/", ":", ".", "%", "\"", "'"]

    package static func notFound(_ id: String) -> GatehouseError {
        GatehouseError(.notFound, "Logged model with ID '\(id.prefix(80))' not found.")
    }

    static func checkName(_ name: String) throws(GatehouseError) {
        try LoggedKey.check(name, charactersMax: nameCharactersMax, what: "name")
        guard !name.isEmpty, !name.contains(where: forbidden.contains) else {
            throw GatehouseError(
                .invalidArgument,
                #"Invalid model name ('\#(name.prefix(200))') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")"#
            )
        }
    }

    /// Keys may have any characters here; only lengths are bounded. Fails with `invalidArgument`.
    static func check(_ entries: [LoggedEntry], what: String) throws(GatehouseError) {
        guard entries.count <= entriesPerCallMax else {
            throw GatehouseError(
                .invalidArgument, "A call has at most \(entriesPerCallMax) \(what), not \(entries.count).",
                hint: "Send the rest in another call.")
        }
        for (index, entry) in entries.enumerated() {
            try LoggedKey.check(entry.key, charactersMax: keyCharactersMax, what: "\(what)[\(index)].key")
            try LoggedKey.check(entry.value, charactersMax: valueCharactersMax, what: "\(what)[\(index)].value")
        }
    }
}
