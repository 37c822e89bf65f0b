import AuditLog
package import GatehouseCore
import Storage

extension ModelRegistry {
    /// Adds a version of a feature pipeline's schema; the first of a name is in production at once, later ones when they are
    /// activated. The same schema under the same name gives the version that has it. Fails with `invalidArgument`.
    package func addPipeline(
        _ name: String, schema: [FieldSchema], by principal: Principal
    ) async throws -> FeaturePipelineVersion {
        _ = try NamedVersion(name: name, version: nil)
        let json = JSONValue.array(schema.map(\.json))
        guard !schema.isEmpty else {
            throw GatehouseError(.invalidArgument, "The schema of '\(name)' has no columns.")
        }
        // The same rules as for a schema that is read from text: no name twice, no name empty.
        _ = try FieldSchema.list(json, in: "the schema of '\(name)'")
        let digest = Digest.sha256(of: json.canonicalBytes)
        return try await store.write { tx in
            if let existing = try tx.pipeline(name, schemaDigest: digest) { return existing }
            let pipeline = try tx.insertPipeline(name, schema: schema, schemaDigest: digest, by: principal, at: now())
            try record(
                .pipelineAdded, in: tx, by: principal,
                facts: [
                    "pipeline": .string(pipeline.reference), "schema_digest": .string(digest.description),
                    "in_production": .bool(pipeline.isInProduction),
                ])
            return pipeline
        }
    }

    /// Puts a version into production: what models are checked against from now on. Fails with `notFound`.
    package func activatePipeline(
        _ name: String, _ number: VersionNumber, by principal: Principal
    ) async throws -> FeaturePipelineVersion {
        let reference = try NamedVersion(name: name, version: number)
        return try await store.write { tx in
            let pipeline = try tx.pipeline(reference)
            guard !pipeline.isInProduction else { return pipeline }
            let previous = try tx.pipeline(NamedVersion(name: name, version: nil))
            try tx.activatePipeline(name, number)
            try record(
                .pipelineActivated, in: tx, by: principal,
                facts: ["pipeline": .string(pipeline.reference), "previous": .string(previous.reference)])
            return try tx.pipeline(reference)
        }
    }
}
