package import GatehouseCore

/// A registered model as MLflow sends it.
package struct MLflowRegisteredModel: Sendable, Hashable {
    package var name: String
    package var created: Int64
    package var updated: Int64
    package var description: String?
    package var latestVersions: [MLflowModelVersion]
    package var tags: [MLflowTag]
    package var aliases: [MLflowAlias]

    package init(
        name: String, created: Int64, updated: Int64, description: String?, latestVersions: [MLflowModelVersion],
        tags: [MLflowTag], aliases: [MLflowAlias]
    ) {
        self.name = name
        self.created = created
        self.updated = updated
        self.description = description
        self.latestVersions = latestVersions
        self.tags = tags
        self.aliases = aliases
    }

    package init(_ fields: MLflowFields) throws(GatehouseError) {
        name = try fields.requiredText("name")
        created = try fields.integer("creation_timestamp") ?? 0
        updated = try fields.integer("last_updated_timestamp") ?? 0
        description = try fields.text("description")
        latestVersions = try fields.objects("latest_versions").map { fields throws(GatehouseError) in try .init(fields) }
        tags = try fields.objects("tags").map { fields throws(GatehouseError) in try .init(fields) }
        aliases = try fields.objects("aliases").map { fields throws(GatehouseError) in try .init(fields) }
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.member("name", name)
            $0.member("creation_timestamp", created)
            $0.member("last_updated_timestamp", updated)
            $0.member("description", description)
            $0.member("latest_versions", unlessEmpty: latestVersions) { $1.write(to: &$0) }
            $0.member("tags", unlessEmpty: tags) { $1.write(to: &$0) }
            $0.member("aliases", unlessEmpty: aliases) { $1.write(to: &$0) }
        }
    }
}

/// An alias of a model, with the version it points at.
package struct MLflowAlias: Sendable, Hashable {
    package let alias: String
    package let version: String

    package init(alias: String, version: String) {
        self.alias = alias
        self.version = version
    }

    package init(_ fields: MLflowFields) throws(GatehouseError) {
        alias = try fields.requiredText("alias")
        version = try fields.requiredText("version")
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.member("alias", alias)
            $0.member("version", version)
        }
    }
}
