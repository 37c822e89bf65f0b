package import GatehouseCore

/// A logged model as MLflow sends it.
package struct MLflowLoggedModel: Sendable, Hashable {
    package var id: String
    package var experimentID: String
    package var name: String
    package var created: Int64
    package var updated: Int64
    package var artifactURI: String
    package var status: String
    package var modelType: String
    package var sourceRunID: String
    package var tags: [MLflowTag]
    package var params: [MLflowTag]
    package var metrics: [MLflowMetric]

    package init(
        id: String, experimentID: String, name: String, created: Int64, updated: Int64, artifactURI: String, status: String,
        modelType: String, sourceRunID: String, tags: [MLflowTag], params: [MLflowTag], metrics: [MLflowMetric]
    ) {
        self.id = id
        self.experimentID = experimentID
        self.name = name
        self.created = created
        self.updated = updated
        self.artifactURI = artifactURI
        self.status = status
        self.modelType = modelType
        self.sourceRunID = sourceRunID
        self.tags = tags
        self.params = params
        self.metrics = metrics
    }

    package init(_ fields: MLflowFields) throws(GatehouseError) {
        guard let info = try fields.object("info") else { throw fields.missing("info") }
        id = try info.requiredText("model_id")
        experimentID = try info.requiredText("experiment_id")
        name = try info.text("name") ?? ""
        created = try info.integer("creation_timestamp_ms") ?? 0
        updated = try info.integer("last_updated_timestamp_ms") ?? 0
        artifactURI = try info.text("artifact_uri") ?? ""
        status = try info.text("status") ?? ""
        modelType = try info.text("model_type") ?? ""
        sourceRunID = try info.text("source_run_id") ?? ""
        tags = try info.objects("tags").map { fields throws(GatehouseError) in try .init(fields) }
        let data = try fields.object("data")
        params = try data?.objects("params").map { fields throws(GatehouseError) in try .init(fields) } ?? []
        metrics = try data?.objects("metrics").map { fields throws(GatehouseError) in try .init(fields) } ?? []
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.member("info") {
                $0.member("model_id", id)
                $0.member("experiment_id", experimentID)
                $0.member("name", name)
                $0.member("creation_timestamp_ms", created)
                $0.member("last_updated_timestamp_ms", updated)
                $0.member("artifact_uri", artifactURI)
                $0.member("status", status)
                $0.member("model_type", modelType)
                $0.member("source_run_id", sourceRunID)
                $0.member("tags", unlessEmpty: tags) { $1.write(to: &$0) }
            }
            $0.member("data") {
                $0.member("params", unlessEmpty: params) { $1.write(to: &$0) }
                $0.member("metrics", unlessEmpty: metrics) { $1.write(to: &$0) }
            }
        }
    }
}
