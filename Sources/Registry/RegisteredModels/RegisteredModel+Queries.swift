package import GatehouseCore
package import Storage

extension SQLTransaction {
    package func model(_ name: ModelName) throws -> RegisteredModel? {
        let found = try rows(
            "SELECT * FROM registered_model WHERE name = \(name) AND deleted_at IS NULL", RegisteredModelRow.init)
        return try models(found).first
    }

    /// The same, or `notFound` saying so.
    package func requiredModel(_ name: ModelName) throws -> RegisteredModel {
        guard let model = try model(name) else { throw RegisteredModel.notFound(name) }
        return model
    }

    /// A page of models by name. `after` is the last name seen. `condition` narrows over the columns of `registered_model`
    /// under the name `m`; build it from interpolated values.
    package func models(
        where condition: SQLStatement = "1 = 1", after: ModelName? = nil, limit: Int = 100
    ) throws -> [RegisteredModel] {
        try models(
            rows(
                """
                SELECT m.* FROM registered_model m
                WHERE m.deleted_at IS NULL AND m.name > \(after?.text ?? "") AND (\(condition))
                ORDER BY m.name LIMIT \(Page.bounded(limit))
                """, RegisteredModelRow.init))
    }

    /// Adds a model, or brings back a deleted name with its version counter: numbers are never reused.
    /// Fails with `alreadyExists`.
    func insertModel(_ name: ModelName, description: String, by principal: Principal, at now: Timestamp) throws {
        let changed = try execute(
            """
            INSERT INTO registered_model (name, description, created_by, created_at, updated_at, last_version)
            VALUES (\(name), \(description), \(principal), \(now), \(now), 0)
            ON CONFLICT (name) DO UPDATE SET description = excluded.description, created_by = excluded.created_by,
                created_at = excluded.created_at, updated_at = excluded.updated_at, deleted_at = NULL
            WHERE registered_model.deleted_at IS NOT NULL
            """)
        guard changed == 1 else {
            throw GatehouseError(.alreadyExists, "Registered Model (name=\(name)) already exists.")
        }
    }

    func updateModel(_ name: ModelName, description: String, at now: Timestamp) throws {
        try execute(
            """
            UPDATE registered_model SET description = \(description), updated_at = \(now)
            WHERE name = \(name) AND deleted_at IS NULL
            """)
    }

    /// Notes that something about the model changed, as MLflow's clients expect.
    package func touchModel(_ name: ModelName, at now: Timestamp) throws {
        try execute("UPDATE registered_model SET updated_at = \(now) WHERE name = \(name)")
    }

    /// Moves a model with its versions, tags and aliases to another name. A deleted model that had the name before keeps it.
    /// Fails with `alreadyExists`.
    func renameModel(_ name: ModelName, to newName: ModelName, at now: Timestamp) throws {
        let taken =
            try name != newName && first("SELECT 1 AS found FROM registered_model WHERE name = \(newName)") { _ in true } ?? false
        guard !taken else {
            throw GatehouseError(
                .alreadyExists, "Registered Model (name=\(newName)) already exists.", hint: "Choose a name that was never used.")
        }
        try execute("UPDATE registered_model SET name = \(newName), updated_at = \(now) WHERE name = \(name)")
        try execute("UPDATE model_version SET updated_at = \(now) WHERE model = \(newName) AND deleted_at IS NULL")
    }

    private func models(_ found: [RegisteredModelRow]) throws -> [RegisteredModel] {
        guard !found.isEmpty else { return [] }
        let names = SQLStatement.list(found.map(\.name))
        let tags = try rows("SELECT model, key, value FROM model_tag WHERE model IN (\(names))") {
            (model: try $0.text("model"), key: try $0.text("key"), value: try $0.text("value"))
        }
        let aliases = try rows("SELECT model, alias, version FROM model_alias WHERE model IN (\(names))") {
            (
                model: try $0.text("model"), alias: try Alias(existing: $0.text("alias")),
                version: try VersionNumber($0.integer("version"))
            )
        }
        let tagsByModel = Dictionary(grouping: tags, by: \.model)
        let aliasesByModel = Dictionary(grouping: aliases, by: \.model)
        return found.map { row in
            RegisteredModel(
                name: row.name, description: row.description, createdBy: row.createdBy, created: row.created,
                updated: row.updated,
                tags: Dictionary(
                    tagsByModel[row.name.text, default: []].map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last }),
                aliases: Dictionary(
                    aliasesByModel[row.name.text, default: []].map { ($0.alias, $0.version) },
                    uniquingKeysWith: { _, last in last }))
        }
    }
}

extension RegisteredModel {
    package static func notFound(_ name: ModelName) -> GatehouseError {
        GatehouseError(
            .notFound, "Registered Model with name=\(name) not found", hint: "List the models: gatehouse model list")
    }
}

/// A row before its tags and aliases are known.
private struct RegisteredModelRow {
    let name: ModelName
    let description: String
    let createdBy: Principal
    let created: Timestamp
    let updated: Timestamp

    init(_ row: SQLRow) throws {
        name = try ModelName(row.text("name"))
        description = try row.text("description")
        createdBy = Principal(stored: try row.text("created_by"))
        created = try row.timestamp("created_at")
        updated = try row.timestamp("updated_at")
    }
}
