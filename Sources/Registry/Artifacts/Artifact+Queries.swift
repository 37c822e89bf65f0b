package import GatehouseCore
package import Storage

extension SQLTransaction {
    /// Records the files of an artifact for good. False when it is sealed already: two versions may share one.
    @discardableResult
    package func seal(_ manifest: ArtifactManifest, at now: Timestamp) throws -> Bool {
        let isNew =
            try execute(
                """
                INSERT INTO artifact (digest, file_count, total_bytes, sealed_at)
                VALUES (\(manifest.digest), \(manifest.files.count), \(manifest.totalBytes), \(now)) ON CONFLICT (digest) DO NOTHING
                """) == 1
        guard isNew else { return false }
        for file in manifest.files {
            try execute(
                """
                INSERT INTO artifact_file (artifact, path, digest, bytes)
                VALUES (\(manifest.digest), \(file.path), \(file.digest), \(file.bytes))
                """)
        }
        return true
    }

    /// The files of a sealed artifact. Fails with `notFound`, and with `integrity` when the record does not match its digest.
    package func manifest(of digest: Digest) throws -> ArtifactManifest {
        let files = try rows(
            """
            SELECT path, digest, bytes FROM artifact_file WHERE artifact = \(digest)
            ORDER BY path LIMIT \(ArtifactManifest.filesMax)
            """
        ) { ArtifactFile(path: try $0.text("path"), digest: try $0.digest("digest"), bytes: try $0.integer("bytes")) }
        guard !files.isEmpty else {
            throw GatehouseError(.notFound, "No artifact is sealed under \(digest).")
        }
        let manifest = try ArtifactManifest(files)
        guard manifest.digest == digest else {
            throw GatehouseError(
                .integrity, "The record of the artifact \(digest.short) does not match its digest.",
                hint: "Restore the newest backup: its list of files was changed in the database.")
        }
        return manifest
    }

    /// One file of a sealed artifact, or nil.
    package func sealedFile(_ path: String, of artifact: Digest) throws -> ArtifactFile? {
        try first("SELECT path, digest, bytes FROM artifact_file WHERE artifact = \(artifact) AND path = \(path)") {
            ArtifactFile(path: try $0.text("path"), digest: try $0.digest("digest"), bytes: try $0.integer("bytes"))
        }
    }

    /// Fails with `notFound` unless an artifact is sealed under the digest.
    func requireSealed(_ digest: Digest) throws {
        let isSealed = try first("SELECT 1 AS found FROM artifact WHERE digest = \(digest)") { _ in true } ?? false
        guard isSealed else {
            throw GatehouseError(
                .notFound, "No artifact is sealed under \(digest).",
                hint: "'gatehouse version show NAME VERSION' prints the digest of a version.")
        }
    }

    /// Whether any record is made of this blob, so that it must be kept.
    package func isReferenced(blob digest: Digest) throws -> Bool { try referenced(among: [digest]).contains(digest) }

    /// Those of the blobs that a sealed artifact, a dataset, the artifact tree or an upload in parts is made of.
    package func referenced(among digests: [Digest]) throws -> Set<Digest> {
        guard !digests.isEmpty else { return [] }
        let list = SQLStatement.list(digests)
        let found = try rows(
            """
            SELECT digest FROM artifact_file WHERE digest IN (\(list))
            UNION SELECT digest FROM dataset_version WHERE digest IN (\(list))
            UNION SELECT digest FROM artifact_entry WHERE digest IN (\(list))
            UNION SELECT digest FROM artifact_upload_part WHERE digest IN (\(list))
            """
        ) { try $0.digest("digest") }
        return Set(found)
    }
}

extension SQLTransaction {
    /// The models with a version made of this artifact, by name.
    package func models(holding artifact: Digest) throws -> [ModelName] {
        try rows(
            """
            SELECT DISTINCT model FROM model_version WHERE artifact = \(artifact) AND deleted_at IS NULL
            ORDER BY model LIMIT \(Page.entriesMax)
            """
        ) { try ModelName($0.text("model")) }
    }
}
