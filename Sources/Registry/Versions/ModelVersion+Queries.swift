package import GatehouseCore
package import Storage

extension SQLTransaction {
    /// A version that exists and is not deleted.
    package func version(_ number: VersionNumber, of model: ModelName) throws -> ModelVersion? {
        try versions(
            rows(
                "SELECT * FROM model_version WHERE model = \(model) AND number = \(number) AND deleted_at IS NULL",
                ModelVersionRow.init)
        ).first
    }

    /// The same, or `notFound` saying which of the two is missing.
    package func requiredVersion(_ number: VersionNumber, of model: ModelName) throws -> ModelVersion {
        if let version = try version(number, of: model) { return version }
        _ = try requiredModel(model)
        throw ModelVersion.notFound(number, of: model)
    }

    /// The version an alias points at, or nil.
    package func version(of alias: Alias, model: ModelName) throws -> ModelVersion? {
        let number = try first("SELECT version FROM model_alias WHERE model = \(model) AND alias = \(alias)") {
            try VersionNumber($0.integer("version"))
        }
        return try number.flatMap { try version($0, of: model) }
    }

    /// A page of one model's versions, newest first. `before` is the last number seen.
    package func versions(
        of model: ModelName, before: VersionNumber? = nil, limit: Int = 100
    ) throws -> [ModelVersion] {
        try versions(
            rows(
                """
                SELECT * FROM model_version
                WHERE model = \(model) AND number < \(before?.value ?? .max) AND deleted_at IS NULL
                ORDER BY number DESC LIMIT \(Page.bounded(limit))
                """, ModelVersionRow.init))
    }

    /// A page over all models in MLflow's default order: last updated first, then by name, then newest first.
    /// `after` is the last version seen. `condition` narrows over the columns of `model_version` under the name `v`; build
    /// it from interpolated values.
    package func versions(
        where condition: SQLStatement = "1 = 1", after: ModelVersion? = nil, limit: Int = 100
    ) throws -> [ModelVersion] {
        let position: SQLStatement
        if let after {
            position = """
                v.updated_at <= \(after.updated) AND (v.updated_at < \(after.updated) OR v.model > \(after.model)
                    OR (v.model = \(after.model) AND v.number < \(after.number)))
                """
        } else {
            position = "1 = 1"
        }
        return try versions(
            rows(
                """
                SELECT v.* FROM model_version v
                WHERE v.deleted_at IS NULL AND \(position) AND (\(condition))
                ORDER BY v.updated_at DESC, v.model, v.number DESC LIMIT \(Page.bounded(limit))
                """, ModelVersionRow.init))
    }

    package func versionCount(of model: ModelName) throws -> Int64 {
        try first("SELECT COUNT(*) AS n FROM model_version WHERE model = \(model) AND deleted_at IS NULL") {
            try $0.integer("n")
        } ?? 0
    }

    /// A model's versions in one stage, newest first.
    package func versions(of model: ModelName, in stage: Stage, limit: Int = 100) throws -> [ModelVersion] {
        try versions(
            rows(
                """
                SELECT * FROM model_version WHERE model = \(model) AND stage = \(stage) AND deleted_at IS NULL
                ORDER BY number DESC LIMIT \(Page.bounded(limit))
                """, ModelVersionRow.init))
    }

    /// Versions that share these bytes, newest first.
    package func versions(withArtifact digest: Digest, limit: Int = 100) throws -> [ModelVersion] {
        try versions(
            rows(
                """
                SELECT * FROM model_version WHERE artifact = \(digest) AND deleted_at IS NULL
                ORDER BY created_at DESC, model, number DESC LIMIT \(Page.bounded(limit))
                """, ModelVersionRow.init))
    }

    /// Fills in the tags and aliases of a whole page with one query each.
    private func versions(_ found: [ModelVersionRow]) throws -> [ModelVersion] {
        guard !found.isEmpty else { return [] }
        let keys = SQLStatement.joined(found.map { "(\($0.model), \($0.number))" }, by: ", ")
        // Not `(model, version) IN (VALUES …)`: for that, SQLite walks the whole table.
        let tags = try rows(
            """
            WITH owner (model, version) AS (VALUES \(keys))
            SELECT t.model, t.version, t.key, t.value FROM owner
            CROSS JOIN version_tag t WHERE t.model = owner.model AND t.version = owner.version
            """
        ) { (owner: try VersionKey($0), key: try $0.text("key"), value: try $0.text("value")) }
        let aliases = try rows(
            """
            WITH owner (model, version) AS (VALUES \(keys))
            SELECT a.model, a.version, a.alias FROM owner
            CROSS JOIN model_alias a WHERE a.model = owner.model AND a.version = owner.version ORDER BY a.alias
            """
        ) { (owner: try VersionKey($0), alias: try Alias(existing: $0.text("alias"))) }
        let tagsByVersion = Dictionary(grouping: tags, by: \.owner)
        let aliasesByVersion = Dictionary(grouping: aliases, by: \.owner)
        return found.map { row in
            let key = VersionKey(model: row.model.text, number: row.number.value)
            return row.version(
                tags: Dictionary(
                    tagsByVersion[key, default: []].map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last }),
                aliases: aliasesByVersion[key, default: []].map(\.alias))
        }
    }
}

extension ModelVersion {
    package static func notFound(_ number: VersionNumber, of model: ModelName) -> GatehouseError {
        GatehouseError(
            .notFound, "Model Version (name=\(model), version=\(number)) not found",
            hint: "List the versions: gatehouse version list \(model)")
    }
}

/// What tags and aliases of a page are found by.
struct VersionKey: Hashable {
    let model: String
    let number: Int64

    init(model: String, number: Int64) {
        self.model = model
        self.number = number
    }

    init(_ row: SQLRow) throws { self.init(model: try row.text("model"), number: try row.integer("version")) }
}

/// A row before its tags and aliases are known.
private struct ModelVersionRow {
    private let bare: ModelVersion
    var model: ModelName { bare.model }
    var number: VersionNumber { bare.number }

    init(_ row: SQLRow) throws {
        bare = ModelVersion(
            model: try ModelName(row.text("model")), number: try VersionNumber(row.integer("number")),
            stage: try Stage(parsing: row.text("stage")), source: try row.text("source"),
            runID: try row.optional("run_id", row.text), runLink: try row.optional("run_link", row.text),
            loggedModelID: try row.optional("logged_model_id", row.text), description: try row.text("description"),
            artifact: try row.optional("artifact", row.digest),
            signature: try row.optional("signature", row.json).map { try ModelSignature(json: $0) },
            createdBy: Principal(stored: try row.text("created_by")), created: try row.timestamp("created_at"),
            updated: try row.timestamp("updated_at"),
            leftProduction: try row.optional("left_production_at", row.timestamp), tags: [:], aliases: [])
    }

    func version(tags: [String: String], aliases: [Alias]) -> ModelVersion {
        ModelVersion(
            model: bare.model, number: bare.number, stage: bare.stage, source: bare.source, runID: bare.runID,
            runLink: bare.runLink, loggedModelID: bare.loggedModelID, description: bare.description,
            artifact: bare.artifact, signature: bare.signature, createdBy: bare.createdBy, created: bare.created,
            updated: bare.updated, leftProduction: bare.leftProduction, tags: tags, aliases: aliases)
    }
}
