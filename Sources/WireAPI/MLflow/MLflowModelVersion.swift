package import GatehouseCore

/// A model version as MLflow sends it. Its number travels as text.
package struct MLflowModelVersion: Sendable, Hashable {
    package var name: String
    package var version: String
    package var created: Int64
    package var updated: Int64
    package var stage: String
    package var description: String?
    package var source: String
    package var runID: String?
    package var runLink: String?
    package var modelID: String?
    package var tags: [MLflowTag]
    package var aliases: [String]

    package init(
        name: String, version: String, created: Int64, updated: Int64, stage: String, description: String?, source: String,
        runID: String?, runLink: String?, modelID: String?, tags: [MLflowTag], aliases: [String]
    ) {
        self.name = name
        self.version = version
        self.created = created
        self.updated = updated
        self.stage = stage
        self.description = description
        self.source = source
        self.runID = runID
        self.runLink = runLink
        self.modelID = modelID
        self.tags = tags
        self.aliases = aliases
    }

    package init(_ fields: MLflowFields) throws(GatehouseError) {
        name = try fields.requiredText("name")
        version = try fields.requiredText("version")
        created = try fields.integer("creation_timestamp") ?? 0
        updated = try fields.integer("last_updated_timestamp") ?? 0
        stage = try fields.text("current_stage") ?? "None"
        description = try fields.text("description")
        source = try fields.text("source") ?? ""
        runID = try fields.text("run_id")
        runLink = try fields.text("run_link")
        modelID = try fields.text("model_id")
        tags = try fields.objects("tags").map { fields throws(GatehouseError) in try .init(fields) }
        aliases = try fields.texts("aliases")
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.member("name", name)
            $0.member("version", version)
            $0.member("creation_timestamp", created)
            $0.member("last_updated_timestamp", updated)
            $0.member("current_stage", stage)
            $0.member("description", description)
            $0.member("source", source)
            $0.member("run_id", runID)
            $0.member("status", "READY")
            $0.member("tags", unlessEmpty: tags) { $1.write(to: &$0) }
            $0.member("run_link", runLink)
            $0.member("aliases", unlessEmpty: aliases) { $0.value($1) }
            $0.member("model_id", modelID)
        }
    }
}
