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

    /// Fails with `notFound` unless an artifact is sealed under the digest.
    func requireSealed(_ digest: Digest) throws {
        let isSealed = try first("SELECT 1 AS found FROM artifact WHERE digest = \(digest)") { _ in true } ?? false
        guard isSealed else {
            throw GatehouseError(
                .notFound, "No artifact is sealed under \(digest).",
                hint: "'gatehouse version show NAME VERSION' prints the digest of a version.")
        }
    }

    /// Whether a sealed artifact or a dataset is made of this blob, so that it must be kept.
    package func isReferenced(blob digest: Digest) throws -> Bool {
        try first(
            """
            SELECT 1 AS found FROM artifact_file WHERE digest = \(digest)
            UNION ALL SELECT 1 FROM dataset_version WHERE digest = \(digest) LIMIT 1
            """
        ) { _ in true } ?? false
    }
}
