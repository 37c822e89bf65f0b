import GatehouseCore

/// Where a run stands. The raw value is MLflow's name for it.
package enum RunStatus: String, Sendable, CaseIterable {
    case running = "RUNNING"
    case scheduled = "SCHEDULED"
    case finished = "FINISHED"
    case failed = "FAILED"
    case killed = "KILLED"
}

/// What is known of a run without looking into its logs.
package struct RunInfo: Sendable, Hashable {
    package let id: String
    package let experiment: ExperimentID
    package let name: String
    package let userID: String
    package let status: RunStatus
    /// Milliseconds since 1970, from the client; 0 when it did not say.
    package let startTime: Int64
    package let endTime: Int64?
    package let artifactURI: String
    package let lifecycle: Lifecycle
}

/// A run with all that an answer about it carries, in the order of keys.
package struct Run: Sendable, Hashable {
    package let info: RunInfo
    /// The newest value of each metric.
    package let metrics: [Metric]
    package let params: [LoggedEntry]
    package let tags: [LoggedEntry]
    package let inputs: [DatasetInput]
    package let modelInputs: [String]
    package let modelOutputs: [ModelOutput]
}

/// A param or a tag.
package struct LoggedEntry: Sendable, Hashable {
    package let key: String
    package let value: String

    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// A model that a run made, and the step at which.
package struct ModelOutput: Sendable, Hashable {
    package let modelID: String
    package let step: Int64

    package init(modelID: String, step: Int64) {
        self.modelID = modelID
        self.step = step
    }
}

extension Run {
    /// The tag that mirrors the name of a run.
    static let nameTag = "mlflow.runName"
    /// The tag of the models that were logged with MLflow's older call.
    static let modelHistoryTag = "mlflow.log-model.history"
    static let tagValueCharactersMax = 8000
    /// Of a tag that a run starts with.
    static let startingKeyCharactersMax = 1000
    static let paramValueCharactersMax = 6000
    static let idCharactersMax = 256

    static func notFound(_ id: String) -> GatehouseError {
        GatehouseError(.notFound, "Run with id=\(id.prefix(idCharactersMax)) not found")
    }

    /// A run's id in a call that MLflow checks before it looks.
    static func checkID(_ id: String) throws(GatehouseError) {
        let isWord = id.unicodeScalars.allSatisfy { scalar in
            scalar == "-" || scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        }
        guard isWord, let first = id.unicodeScalars.first, first.isASCII, first != "-", first != "_",
            id.unicodeScalars.count <= idCharactersMax
        else {
            let shown = JSONValue.string(String(id.prefix(300))).canonicalText
            throw GatehouseError(.invalidArgument, "Invalid value \(shown) for parameter 'run_id' supplied.")
        }
    }

    /// A key and a value as they are kept: long values are cut, as MLflow does by default.
    static func tag(_ entry: LoggedEntry, place: String = "") throws(GatehouseError) -> LoggedEntry {
        try LoggedKey.check(entry.key, place: "\(place)key")
        try LoggedKey.check(entry.key, charactersMax: LoggedKey.charactersMax, what: "\(place)key")
        return LoggedEntry(key: entry.key, value: LoggedKey.truncated(entry.value, to: tagValueCharactersMax))
    }

    static func param(_ entry: LoggedEntry, place: String = "") throws(GatehouseError) -> LoggedEntry {
        try LoggedKey.check(entry.key, place: "\(place)key")
        try LoggedKey.check(entry.key, charactersMax: LoggedKey.charactersMax, what: "Param key")
        return LoggedEntry(key: entry.key, value: LoggedKey.truncated(entry.value, to: paramValueCharactersMax))
    }
}

extension RunInfo {
    /// Fails with `invalidArgument` when it was deleted.
    func requireActive() throws(GatehouseError) {
        guard lifecycle == .active else {
            throw GatehouseError(
                .invalidArgument, "The run \(id) must be in the 'active' state. Current state is \(lifecycle.rawValue).")
        }
    }
}
