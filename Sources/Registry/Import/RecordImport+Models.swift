import AuditLog
import GatehouseCore
import Storage

// Registered models, versions and aliases.

extension RecordImport {
    func model(_ new: ImportedModel) throws -> ImportState {
        try ModelRegistry.check(new.description, bytesMax: ModelRegistry.descriptionBytesMax, what: "The description")
        let (tags, protected) = try tags(new.tags, of: new.name)
        if let here = try tx.model(new.name) {
            return Self.comparison([
                ("description", here.description == new.description), ("creation_timestamp", here.created == new.created),
                ("tags", isSame(here.tags, tags)),
            ])
        }
        guard !isDryRun else { return .added(leftOut: protected) }
        try tx.insertModel(new.name, description: new.description, by: principal, at: new.created)
        try tx.touchModel(new.name, at: new.updated)
        for tag in tags { try tx.setTag(tag.key, tag.value, of: new.name) }
        try registry.record(
            .modelImported, in: tx, by: principal, model: new.name,
            facts: ["origin": .string(origin), "created": .string(new.created.description)])
        return .added(leftOut: protected)
    }

    func version(_ new: ImportedVersion) throws -> ImportState {
        let request = new.request
        guard new.number.value <= ImportedVersion.numberMax else {
            return .leftOut("Version numbers end at \(ImportedVersion.numberMax).")
        }
        for (text, what) in [(request.source, "source"), (request.runID, "run id"), (request.runLink, "run link")] {
            try ModelRegistry.check(text, bytesMax: ModelRegistry.referenceBytesMax, what: "The \(what)")
        }
        try ModelRegistry.check(request.description, bytesMax: ModelRegistry.descriptionBytesMax, what: "The description")
        let (tags, protected) = try tags(request.tags, of: request.model)
        if let here = try tx.version(new.number, of: request.model) { return compare(here, new, tags) }
        let isUsed = try tx.isUsed(new.number, of: request.model)
        guard !isUsed else {
            return .leftOut("The number was given to a version here that was deleted; numbers are never used again.")
        }
        let isPrompt = request.tags[SearchFilter.promptTag]?.lowercased() == "true"
        let unpinned = request.manifest == nil && !isPrompt ? [Self.isUnpinned] : []
        guard !isDryRun else { return .added(leftOut: protected) }
        _ = try tx.requiredModel(request.model)
        if let manifest = request.manifest { try tx.seal(manifest, at: now) }
        try tx.insertVersion(
            new.number, request, fingerprint: Digest.sha256(of: request.fingerprint.canonicalBytes), by: principal,
            at: new.created)
        try tx.setImportedTime(of: new)
        if let source = request.artifactSource { try tx.seal(source, as: new.number, of: request.model) }
        for tag in tags { try tx.setTag(tag.key, tag.value, of: new.number, model: request.model) }
        try registry.record(
            .versionImported, in: tx, by: principal, model: request.model, version: new.number,
            facts: [
                "origin": .string(origin), "created": .string(new.created.description), "source": .string(request.source),
                "run_id": request.runID.map(JSONValue.string) ?? .null,
                "artifact": request.manifest.map { .string($0.digest.description) } ?? .null,
            ])
        return .added(leftOut: protected + unpinned)
    }

    private static let isUnpinned =
        "its files, which are not on this server: the version is unpinned and cannot enter Production"

    private func compare(_ here: ModelVersion, _ new: ImportedVersion, _ tags: [(key: TagKey, value: String)]) -> ImportState {
        let request = new.request
        return Self.comparison([
            ("source", here.source == request.source), ("run_id", (here.runID ?? "") == (request.runID ?? "")),
            ("run_link", (here.runLink ?? "") == (request.runLink ?? "")),
            ("model_id", (here.loggedModelID ?? "") == (request.loggedModelID ?? "")),
            ("description", here.description == request.description), ("creation_timestamp", here.created == new.created),
            ("tags", isSame(here.tags, tags)),
            // Where the files came after the version, it stays unpinned: what was not hashed then is not vouched for now.
            ("files", request.manifest == nil || here.artifact == request.manifest?.digest),
        ])
    }

    func alias(_ new: ImportedAlias) throws -> ImportState {
        let target = try tx.model(new.model)?.aliases[new.alias]
        if let target { return target == new.version ? .same : .different(["version"]) }
        guard !isDryRun else { return .added() }
        try registry.setAlias(new.alias, of: new.model, to: new.version, by: principal, in: tx)
        return .added()
    }

    /// The tags that come, and a line for each that is Gatehouse's own to write.
    private func tags(
        _ tags: [String: String], of model: ModelName
    ) throws -> (tags: [(key: TagKey, value: String)], leftOut: [String]) {
        let checked = try Tag.checked(tags)
        guard checked.contains(where: \.key.isProtected), try registry.protects(tx, model) else { return (checked, []) }
        return (
            checked.filter { !$0.key.isProtected },
            checked.filter(\.key.isProtected).map { "the tag '\($0.key)', which Gatehouse alone writes" }
        )
    }

    /// What Gatehouse wrote beside the tags of the source is no difference.
    private func isSame(_ here: [String: String], _ new: [(key: TagKey, value: String)]) -> Bool {
        let expected = Dictionary(new.map { ($0.key.text, $0.value) }, uniquingKeysWith: { _, last in last })
        return here.filter { expected[$0.key] != nil || (try? TagKey($0.key).isProtected) != true } == expected
    }
}

extension SQLTransaction {
    /// The time of the last change as the source had it, and room for the numbers that come after.
    fileprivate func setImportedTime(of version: ImportedVersion) throws {
        let model = version.request.model
        try execute(
            """
            UPDATE model_version SET updated_at = \(version.updated) WHERE model = \(model) AND number = \(version.number)
            """)
        try execute(
            """
            UPDATE registered_model SET last_version = \(version.number)
            WHERE name = \(model) AND last_version < \(version.number)
            """)
    }
}
