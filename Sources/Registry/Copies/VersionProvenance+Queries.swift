package import GatehouseCore
package import Storage

extension SQLTransaction {
    /// Where a version was copied from; nil when it was not.
    package func provenance(of number: VersionNumber, model: ModelName) throws -> VersionProvenance? {
        try first(
            """
            SELECT p.* FROM model_version v JOIN version_provenance p ON p.audit_sequence = v.copy_entry
            WHERE v.model = \(model) AND v.number = \(number)
            """, VersionProvenance.init)
    }

    /// The version of a model that is a copy of these bytes of this source; a deleted one does not count.
    package func copy(of source: SourceVersion, artifact: Digest, in model: ModelName) throws -> VersionNumber? {
        try first(
            """
            SELECT v.number FROM version_provenance p JOIN model_version v ON v.copy_entry = p.audit_sequence
            WHERE p.source_registry = \(source.registry) AND p.source_model = \(source.model)
                AND p.source_version = \(source.version) AND p.artifact = \(artifact) AND v.model = \(model)
                AND v.deleted_at IS NULL
            ORDER BY v.number LIMIT 1
            """
        ) { try VersionNumber($0.integer("number")) }
    }

    func insert(
        _ provenance: VersionProvenance, of number: VersionNumber, model: ModelName, auditSequence: Int64
    ) throws {
        let source = provenance.source
        try execute(
            """
            INSERT INTO version_provenance (audit_sequence, source_kind, source_registry, source_name, source_model,
                source_version, source_run, first_registry, first_version, artifact, verification, receipts, snapshot)
            VALUES (\(auditSequence), \(source.kind.rawValue), \(source.registry), \(source.name), \(source.model),
                \(source.version), \(source.runID), \(provenance.firstRegistry), \(provenance.firstVersion),
                \(provenance.artifact), \(provenance.verification.json),
                \(JSONValue.array(provenance.receipts.map { .string($0) })), \(provenance.snapshot))
            """)
        try execute("UPDATE model_version SET copy_entry = \(auditSequence) WHERE model = \(model) AND number = \(number)")
    }
}

extension VersionProvenance {
    fileprivate init(_ row: SQLRow) throws {
        guard let kind = SourceVersion.Kind(rawValue: try row.text("source_kind")) else {
            throw GatehouseError(.internalFailure, "A copy in the database is of a kind that is not known here.")
        }
        self.init(
            source: SourceVersion(
                kind: kind, registry: try row.text("source_registry"), name: try row.text("source_name"),
                model: try row.text("source_model"), version: try row.text("source_version"),
                runID: try row.optional("source_run", row.text)),
            firstRegistry: try row.text("first_registry"), firstVersion: try row.text("first_version"),
            artifact: try row.digest("artifact"), verification: try SourceVerification(json: row.json("verification")),
            receipts: (try row.json("receipts").arrayValue ?? []).compactMap(\.stringValue), snapshot: try row.json("snapshot"))
    }
}
