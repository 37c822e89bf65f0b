package import GatehouseCore

/// What MLflow sends of a run without its logs.
package struct MLflowRunInfo: Sendable, Hashable {
    package var id: String
    package var name: String
    package var experimentID: String
    package var userID: String
    package var status: String
    package var startTime: Int64
    package var endTime: Int64?
    package var artifactURI: String
    package var lifecycleStage: String

    package init(
        id: String, name: String, experimentID: String, userID: String, status: String, startTime: Int64, endTime: Int64?,
        artifactURI: String, lifecycleStage: String
    ) {
        self.id = id
        self.name = name
        self.experimentID = experimentID
        self.userID = userID
        self.status = status
        self.startTime = startTime
        self.endTime = endTime
        self.artifactURI = artifactURI
        self.lifecycleStage = lifecycleStage
    }

    package init(_ fields: MLflowFields) throws(GatehouseError) {
        id = try fields.requiredRunID()
        name = try fields.text("run_name") ?? ""
        experimentID = try fields.requiredText("experiment_id")
        userID = try fields.text("user_id") ?? ""
        status = try fields.text("status") ?? "RUNNING"
        startTime = try fields.integer("start_time") ?? 0
        endTime = try fields.integer("end_time")
        artifactURI = try fields.text("artifact_uri") ?? ""
        lifecycleStage = try fields.text("lifecycle_stage") ?? "active"
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.member("run_uuid", id)
            $0.member("experiment_id", experimentID)
            $0.member("run_name", name)
            $0.member("user_id", userID)
            $0.member("status", status)
            $0.member("start_time", startTime)
            $0.member("end_time", endTime)
            $0.member("artifact_uri", artifactURI)
            $0.member("lifecycle_stage", lifecycleStage)
            $0.member("run_id", id)
        }
    }
}

/// A run as MLflow sends it.
package struct MLflowRun: Sendable, Hashable {
    package var info: MLflowRunInfo
    package var metrics: [MLflowMetric]
    package var params: [MLflowTag]
    package var tags: [MLflowTag]
    package var datasets: [MLflowDatasetInput]
    package var modelInputs: [String]
    /// Nil leaves them out, as the answer to starting a run does.
    package var modelOutputs: [MLflowModelOutput]?

    package init(
        info: MLflowRunInfo, metrics: [MLflowMetric] = [], params: [MLflowTag] = [], tags: [MLflowTag] = [],
        datasets: [MLflowDatasetInput] = [], modelInputs: [String] = [], modelOutputs: [MLflowModelOutput]? = nil
    ) {
        self.info = info
        self.metrics = metrics
        self.params = params
        self.tags = tags
        self.datasets = datasets
        self.modelInputs = modelInputs
        self.modelOutputs = modelOutputs
    }

    package init(_ fields: MLflowFields) throws(GatehouseError) {
        guard let info = try fields.object("info") else { throw fields.missing("info") }
        self.info = try MLflowRunInfo(info)
        let data = try fields.object("data")
        metrics = try data?.objects("metrics").map { fields throws(GatehouseError) in try .init(fields) } ?? []
        params = try data?.objects("params").map { fields throws(GatehouseError) in try .init(fields) } ?? []
        tags = try data?.objects("tags").map { fields throws(GatehouseError) in try .init(fields) } ?? []
        let inputs = try fields.object("inputs")
        datasets = try inputs?.objects("dataset_inputs").map { fields throws(GatehouseError) in try .init(fields) } ?? []
        modelInputs =
            try inputs?.objects("model_inputs").map { fields throws(GatehouseError) in try fields.requiredText("model_id") }
            ?? []
        let outputs = try fields.object("outputs")
        modelOutputs = try outputs?.objects("model_outputs").map { fields throws(GatehouseError) in try .init(fields) }
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.key("info")
            info.write(to: &$0)
            $0.member("data") {
                $0.member("metrics", unlessEmpty: metrics) { $1.write(to: &$0) }
                $0.member("params", unlessEmpty: params) { $1.write(to: &$0) }
                $0.member("tags", unlessEmpty: tags) { $1.write(to: &$0) }
            }
            $0.member("inputs") {
                $0.member("dataset_inputs", unlessEmpty: datasets) { $1.write(to: &$0) }
                $0.member("model_inputs", unlessEmpty: modelInputs) { json, id in json.object { $0.member("model_id", id) } }
            }
            guard let modelOutputs else { return }
            $0.member("outputs") {
                $0.member("model_outputs", unlessEmpty: modelOutputs) { $1.write(to: &$0) }
            }
        }
    }
}

/// A dataset that a run read, as MLflow sends it.
package struct MLflowDatasetInput: Sendable, Hashable {
    package var name: String
    package var digest: String
    package var sourceType: String
    package var source: String
    package var schema: String?
    package var profile: String?
    package var tags: [MLflowTag]

    package init(
        name: String, digest: String, sourceType: String, source: String, schema: String?, profile: String?, tags: [MLflowTag]
    ) {
        self.name = name
        self.digest = digest
        self.sourceType = sourceType
        self.source = source
        self.schema = schema
        self.profile = profile
        self.tags = tags
    }

    /// Fails with `invalidArgument` when the dataset, its name or its digest is missing.
    package init(_ fields: MLflowFields) throws(GatehouseError) {
        guard let dataset = try fields.object("dataset") else { throw fields.missing("dataset") }
        name = try dataset.requiredText("name")
        digest = try dataset.requiredText("digest")
        sourceType = try dataset.text("source_type") ?? ""
        source = try dataset.text("source") ?? ""
        schema = try dataset.text("schema")
        profile = try dataset.text("profile")
        tags = try fields.objects("tags").map { fields throws(GatehouseError) in try .init(fields) }
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.member("tags", unlessEmpty: tags) { $1.write(to: &$0) }
            $0.member("dataset") {
                $0.member("name", name)
                $0.member("digest", digest)
                $0.member("source_type", sourceType)
                $0.member("source", source)
                $0.member("schema", schema)
                $0.member("profile", profile)
            }
        }
    }
}

/// A model that a run made, as MLflow sends it.
package struct MLflowModelOutput: Sendable, Hashable {
    package var modelID: String
    package var step: Int64

    package init(modelID: String, step: Int64) {
        self.modelID = modelID
        self.step = step
    }

    package init(_ fields: MLflowFields) throws(GatehouseError) {
        modelID = try fields.requiredText("model_id")
        step = try fields.integer("step") ?? 0
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.member("model_id", modelID)
            $0.member("step", step)
        }
    }
}
