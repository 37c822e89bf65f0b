import AuditLog
package import GatehouseCore
import Storage

extension ModelRegistry {
    /// Registers a version: takes the next number, seals the bytes, writes the tags and the audit entries, all or nothing.
    /// Fails with `notFound` (no such model), `conflict` (idempotency key used for another request), `tooLarge`,
    /// `ArtifactSourceChanged`, and as `setTag` does for its tags.
    package func createVersion(
        _ request: VersionRequest, by principal: Principal, tagWriter: TagWriter = .client
    ) async throws -> ModelVersion {
        let tags = try check(request)
        let fingerprint = Digest.sha256(of: request.fingerprint.canonicalBytes)
        return try await store.write { tx in
            try requireFree(tags.map(\.key), of: request.model, writer: tagWriter, tx)
            if let existing = try existingVersion(for: request, fingerprint: fingerprint, in: tx) { return existing }
            let number = try tx.nextVersionNumber(of: request.model, at: now())
            let isNewArtifact = try enter(request, as: number, tags: tags, fingerprint: fingerprint, by: principal, tx)
            if let id = request.loggedModelID { try tx.noteRegistration(of: id, as: number, of: request.model) }
            try recordRegistration(
                of: number, request, isNewArtifact: isNewArtifact, fingerprint: fingerprint, in: tx, by: principal)
            return try tx.requiredVersion(number, of: request.model)
        }
    }

    /// The tags of a request, once everything in it is within bounds. Fails with `tooLarge` and `invalidArgument`.
    func check(_ request: VersionRequest) throws(GatehouseError) -> [(key: TagKey, value: String)] {
        try Self.check(request.source, bytesMax: Self.referenceBytesMax, what: "The source")
        try Self.check(request.runID, bytesMax: Self.referenceBytesMax, what: "The run id")
        try Self.check(request.runLink, bytesMax: Self.referenceBytesMax, what: "The run link")
        try Self.check(request.loggedModelID, bytesMax: Self.referenceBytesMax, what: "The model id")
        try Self.check(request.description, bytesMax: Self.descriptionBytesMax, what: "The description")
        try Self.check(request.idempotencyKey, bytesMax: Self.idempotencyKeyBytesMax, what: "The idempotency key")
        return try Tag.checked(request.tags)
    }

    /// Writes a version's row with its seal and tags. Whether its bytes are new here.
    func enter(
        _ request: VersionRequest, as number: VersionNumber, tags: [(key: TagKey, value: String)], fingerprint: Digest,
        by principal: Principal, _ tx: SQLTransaction
    ) throws -> Bool {
        let isNewArtifact = try request.manifest.map { try tx.seal($0, at: now()) } ?? false
        try tx.insertVersion(number, request, fingerprint: fingerprint, by: principal, at: now())
        if let source = request.artifactSource { try tx.seal(source, as: number, of: request.model) }
        for tag in tags { try tx.setTag(tag.key, tag.value, of: number, model: request.model) }
        return isNewArtifact
    }

    private func existingVersion(
        for request: VersionRequest, fingerprint: Digest, in tx: SQLTransaction
    ) throws -> ModelVersion? {
        guard let key = request.idempotencyKey else { return nil }
        guard let earlier = try tx.registration(idempotencyKey: key, of: request.model) else { return nil }
        guard earlier.fingerprint == fingerprint else {
            throw GatehouseError(
                .conflict, "The idempotency key '\(key)' was used for another registration, \(request.model)/\(earlier.number).",
                hint: "Use a new key for a new version.")
        }
        guard let version = try tx.version(earlier.number, of: request.model) else {
            throw GatehouseError(
                .conflict, "The idempotency key '\(key)' made \(request.model)/\(earlier.number), which was deleted since.",
                hint: "Use a new key for a new version.")
        }
        return version
    }

    private func recordRegistration(
        of number: VersionNumber, _ request: VersionRequest, isNewArtifact: Bool, fingerprint: Digest, in tx: SQLTransaction,
        by principal: Principal
    ) throws {
        let artifact: JSONValue = request.manifest.map { .string($0.digest.description) } ?? .null
        if let manifest = request.manifest, isNewArtifact {
            try recordSeal(of: manifest, model: request.model, number, by: principal, tx)
        }
        try record(
            .versionRegistered, in: tx, by: principal, model: request.model, version: number,
            facts: [
                "source": .string(request.source), "run_id": request.runID.map(JSONValue.string) ?? .null,
                "artifact": artifact, "request": .string(fingerprint.description),
            ])
    }

    func recordSeal(
        of manifest: ArtifactManifest, model: ModelName, _ number: VersionNumber, by principal: Principal, _ tx: SQLTransaction
    ) throws {
        try record(
            .artifactSealed, in: tx, by: principal, model: model, version: number,
            facts: [
                "artifact": .string(manifest.digest.description), "files": .integer(Int64(manifest.files.count)),
                "bytes": .integer(manifest.totalBytes),
            ])
    }

    /// Replaces the description. Fails with `notFound`.
    package func updateVersion(
        _ number: VersionNumber, of model: ModelName, description: String, by principal: Principal
    ) async throws -> ModelVersion {
        try Self.check(description, bytesMax: Self.descriptionBytesMax, what: "The description")
        return try await store.write { tx in
            _ = try tx.requiredVersion(number, of: model)
            try tx.updateVersion(number, of: model, description: description, at: now())
            try record(.versionUpdated, in: tx, by: principal, model: model, version: number)
            return try tx.requiredVersion(number, of: model)
        }
    }

    /// Hides a version; its row, number and record stay. Fails with `notFound`, and with `conflict` when it is in Production,
    /// active in a slot, or left Production less than `retention` ago.
    package func deleteVersion(
        _ number: VersionNumber, of model: ModelName, reason: String = "",
        retention: Duration = productionRetentionDefault, by principal: Principal
    ) async throws {
        try Self.check(reason, bytesMax: Self.reasonBytesMax, what: "The reason")
        try await decide { tx -> Decision<Void> in
            let now = now()
            _ = try tx.requiredVersion(number, of: model)
            let since = now.adding(.zero - retention)
            if try tx.protectedVersion(of: model, number: number, leftProductionAfter: since) != nil, try protects(tx, model) {
                return try refuse(
                    .versionDeleted, Self.isKept(number, of: model, retention: retention), in: tx, by: principal,
                    model: model, version: number)
            }
            try tx.buryVersion(number, of: model, at: now)
            let entry = try record(.versionDeleted, in: tx, by: principal, model: model, version: number, reason: reason)
            _ = try tx.vacateAll(of: model, version: number, at: now, auditSequence: entry.sequence)
            return .granted(())
        }
    }
}
