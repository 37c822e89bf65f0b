package import GatehouseCore

/// One point of a metric as MLflow sends it.
package struct MLflowMetric: Sendable, Hashable {
    package var key: String
    package var value: Double
    package var timestamp: Int64
    package var step: Int64
    package var datasetName: String?
    package var datasetDigest: String?
    package var modelID: String?
    package var runID: String?

    package init(
        key: String, value: Double, timestamp: Int64, step: Int64, datasetName: String? = nil, datasetDigest: String? = nil,
        modelID: String? = nil, runID: String? = nil
    ) {
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.step = step
        self.datasetName = datasetName
        self.datasetDigest = datasetDigest
        self.modelID = modelID
        self.runID = runID
    }

    /// Fails with `invalidArgument` when key, value or time is missing or only half a dataset is named.
    package init(_ fields: MLflowFields) throws(GatehouseError) {
        key = try fields.requiredText("key")
        guard let value = try fields.number("value") else { throw fields.missing("value") }
        self.value = value
        timestamp = try fields.requiredInteger("timestamp")
        step = try fields.integer("step") ?? 0
        datasetName = try fields.givenText("dataset_name")
        datasetDigest = try fields.givenText("dataset_digest")
        modelID = try fields.givenText("model_id")
        runID = try fields.givenText("run_id")
        guard (datasetName == nil) == (datasetDigest == nil) else {
            throw GatehouseError(
                .invalidArgument, "Both dataset_name and dataset_digest must be provided if one is provided")
        }
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.member("key", key)
            $0.member("value", value)
            $0.member("timestamp", timestamp)
            $0.member("step", step)
            $0.member("dataset_name", datasetName)
            $0.member("dataset_digest", datasetDigest)
            $0.member("model_id", modelID)
            $0.member("run_id", runID)
        }
    }
}

extension MLflowFields {
    /// A text; an empty one counts as absent, as an unset field of MLflow's messages does.
    package func givenText(_ name: String) throws(GatehouseError) -> String? {
        guard let text = try text(name), !text.isEmpty else { return nil }
        return text
    }

    /// The id of a run under either of its names.
    package func requiredRunID() throws(GatehouseError) -> String {
        if let id = try givenText("run_id") { return id }
        guard let id = try givenText("run_uuid") else { throw missing("run_id") }
        return id
    }

    /// A case of an enumeration by its name or its number. An unknown name is an absent field, as MLflow's parser has it.
    package func choice<Choice: RawRepresentable<String>>(
        _ name: String, of type: Choice.Type, numbers: [Int64: Choice]
    ) throws(GatehouseError) -> Choice? {
        guard let value = try value(name) else { return nil }
        if case .string(let text) = value, Int64(text) == nil { return Choice(rawValue: text) }
        guard let number = try integer(name), let choice = numbers[number] else { throw invalid(name, value) }
        return choice
    }
}
