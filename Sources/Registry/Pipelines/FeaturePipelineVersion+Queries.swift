package import GatehouseCore
package import Storage

extension SQLTransaction {
    /// The named version, or the one in production. Fails with `notFound` and what can be done.
    package func pipeline(_ reference: NamedVersion) throws -> FeaturePipelineVersion {
        let one: SQLStatement = reference.version.map { "number = \($0)" } ?? "in_production = 1"
        let found = try first(
            "SELECT * FROM feature_pipeline_version WHERE name = \(reference.name) AND \(one)",
            FeaturePipelineVersion.init(row:))
        guard let found else {
            throw GatehouseError(
                .notFound, "There is no feature pipeline '\(reference)'.",
                hint: "Add it: gatehouse pipeline add \(reference.name) SCHEMA.json. List them: gatehouse pipeline list")
        }
        return found
    }

    /// A page of one pipeline's versions, newest first. `before` is the last number seen.
    package func pipelineVersions(
        of name: String, before: VersionNumber? = nil, limit: Int = 100
    ) throws -> [FeaturePipelineVersion] {
        try rows(
            """
            SELECT * FROM feature_pipeline_version WHERE name = \(name) AND number < \(before?.value ?? .max)
            ORDER BY number DESC LIMIT \(Page.bounded(limit))
            """, FeaturePipelineVersion.init(row:))
    }

    /// A page of the production version of each pipeline, by name. `after` is the last name seen.
    package func pipelines(after: String = "", limit: Int = 100) throws -> [FeaturePipelineVersion] {
        try rows(
            """
            SELECT * FROM feature_pipeline_version WHERE in_production = 1 AND name > \(after)
            ORDER BY name LIMIT \(Page.bounded(limit))
            """, FeaturePipelineVersion.init(row:))
    }

    func pipeline(_ name: String, schemaDigest: Digest) throws -> FeaturePipelineVersion? {
        try first(
            "SELECT * FROM feature_pipeline_version WHERE name = \(name) AND schema_digest = \(schemaDigest)",
            FeaturePipelineVersion.init(row:))
    }

    /// Adds a version; the first of a name is in production at once.
    func insertPipeline(
        _ name: String, schema: [FieldSchema], schemaDigest: Digest, by principal: Principal, at now: Timestamp
    ) throws -> FeaturePipelineVersion {
        let number = try first(
            """
            INSERT INTO feature_pipeline (name, last_version) VALUES (\(name), 1)
            ON CONFLICT (name) DO UPDATE SET last_version = feature_pipeline.last_version + 1 RETURNING last_version
            """
        ) { try VersionNumber($0.integer("last_version")) }
        guard let number else { throw GatehouseError(.internalFailure, "A counter gave no number.") }
        let pipeline = FeaturePipelineVersion(
            name: name, number: number, schema: schema, isInProduction: number.value == 1, addedBy: principal, added: now)
        try execute(
            """
            INSERT INTO feature_pipeline_version (name, number, schema, schema_digest, in_production, added_by, added_at)
            VALUES (\(name), \(number), \(JSONValue.array(schema.map(\.json))), \(schemaDigest), \(pipeline.isInProduction),
                \(principal), \(now))
            """)
        return pipeline
    }

    /// Puts one version of a pipeline into production and takes the other out; the database allows no moment with two.
    func activatePipeline(_ name: String, _ number: VersionNumber) throws {
        try execute(
            "UPDATE feature_pipeline_version SET in_production = 0 WHERE name = \(name) AND in_production = 1")
        try execute(
            "UPDATE feature_pipeline_version SET in_production = 1 WHERE name = \(name) AND number = \(number)")
    }
}

extension FeaturePipelineVersion {
    fileprivate init(row: SQLRow) throws {
        let name = try row.text("name")
        self.init(
            name: name, number: try VersionNumber(row.integer("number")),
            schema: try FieldSchema.list(row.json("schema"), in: "the schema of '\(name)'"),
            isInProduction: try row.bool("in_production"), addedBy: Principal(stored: try row.text("added_by")),
            added: try row.timestamp("added_at"))
    }
}
