package import GatehouseCore

/// An experiment as MLflow sends it.
package struct MLflowExperiment: Sendable, Hashable {
    package var id: String
    package var name: String
    package var artifactLocation: String
    package var lifecycleStage: String
    package var created: Int64
    package var updated: Int64
    package var tags: [MLflowTag]

    package init(
        id: String, name: String, artifactLocation: String, lifecycleStage: String, created: Int64, updated: Int64,
        tags: [MLflowTag]
    ) {
        self.id = id
        self.name = name
        self.artifactLocation = artifactLocation
        self.lifecycleStage = lifecycleStage
        self.created = created
        self.updated = updated
        self.tags = tags
    }

    package init(_ fields: MLflowFields) throws(GatehouseError) {
        id = try fields.requiredText("experiment_id")
        name = try fields.requiredText("name")
        artifactLocation = try fields.text("artifact_location") ?? ""
        lifecycleStage = try fields.text("lifecycle_stage") ?? "active"
        created = try fields.integer("creation_time") ?? 0
        updated = try fields.integer("last_update_time") ?? 0
        tags = try fields.objects("tags").map { fields throws(GatehouseError) in try .init(fields) }
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.member("experiment_id", id)
            $0.member("name", name)
            $0.member("artifact_location", artifactLocation)
            $0.member("lifecycle_stage", lifecycleStage)
            $0.member("last_update_time", updated)
            $0.member("creation_time", created)
            $0.member("tags", unlessEmpty: tags) { $1.write(to: &$0) }
            // MLflow sends it although the server has no workspaces.
            $0.member("workspace", "default")
        }
    }
}
