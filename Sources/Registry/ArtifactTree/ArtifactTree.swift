package import GatehouseCore
package import Storage

/// The files behind `mlflow-artifacts:/`: names in the database, bytes in the artifact store. A name appears when its bytes
/// are complete and durable, and what a version has sealed stays as it is.
package struct ArtifactTree: Sendable {
    /// 100 GiB: more than any model file, less than a disk.
    package static let fileBytesMax: Int64 = 100 * 1024 * 1024 * 1024
    package static let folderEntriesMax = 100_000
    static let sealsMax = 100

    let store: any SQLStore
    let artifacts: any ArtifactStore
    let now: @Sendable () -> Timestamp
    /// Whether sealed files of a model may not be changed. A model without rules is kept as MLflow keeps it: its files may be
    /// replaced, and its versions keep the digests of those that were sealed.
    let isGuarded: @Sendable (ModelName, SQLTransaction) throws -> Bool

    package init(
        store: any SQLStore, artifacts: any ArtifactStore, now: @escaping @Sendable () -> Timestamp,
        isGuarded: @escaping @Sendable (ModelName, SQLTransaction) throws -> Bool
    ) {
        self.store = store
        self.artifacts = artifacts
        self.now = now
        self.isGuarded = isGuarded
    }

    /// Stores a stream of bytes at a path. Fails with `conflict` when a version has sealed the place, `invalidArgument` when a
    /// folder is there, `tooLarge` above `fileBytesMax`, and as the stream does; nothing has changed then.
    @discardableResult
    package func put<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks, at path: ArtifactPath) async throws -> Blob
    where Chunks.Element == [UInt8] {
        guard !path.isRoot else { throw ArtifactPath.invalid("a file needs a name") }
        // Asked twice: now, so that no bytes travel in vain, and again with the change itself.
        try await store.read { tx in try requireUnsealed(path, tx) }
        let blob = try await artifacts.put(chunks, expecting: nil, bytesMax: Self.fileBytesMax)
        try await enter(blob, at: path)
        return blob
    }

    /// Names bytes that the store has just taken in.
    func enter(_ blob: Blob, at path: ArtifactPath) async throws {
        try await store.write { tx in
            try requireUnsealed(path, tx)
            try tx.putArtifact(blob, at: path, now: now())
        }
    }

    /// Removes a file, or a folder with everything in it; what is not there is no error.
    /// Fails with `conflict` when a version has sealed any of it, and `invalidArgument` for the root.
    package func delete(at path: ArtifactPath) async throws {
        guard !path.isRoot else { throw ArtifactPath.invalid("the root cannot be deleted") }
        try await store.write { tx in
            try requireUnsealed(path, tx)
            try requireGuardedByNone(of: tx.seals(below: path), tx)
            try tx.deleteArtifacts(at: path)
        }
    }

    /// The blob of a file. Fails with `notFound`, and with `invalidArgument` for a folder.
    package func file(at path: ArtifactPath) async throws -> Blob {
        guard let entry = try await store.read({ tx in try tx.artifactEntry(at: path) }) else {
            throw GatehouseError(.notFound, "No such artifact: '\(path)'")
        }
        guard let blob = entry.blob else {
            throw GatehouseError(.invalidArgument, "Artifact path refers to a directory, not a file: '\(path)'")
        }
        return blob
    }

    /// The entries of a folder, by name. A file, and what is not there, has none.
    package func entries(in path: ArtifactPath) async throws -> [ArtifactEntry] {
        try await store.read { tx in try tx.artifactEntries(in: path) }
    }

    func requireUnsealed(_ path: ArtifactPath, _ tx: SQLTransaction) throws {
        try requireGuardedByNone(of: tx.seals(covering: path), tx)
    }

    private func requireGuardedByNone(of seals: [ArtifactSeal], _ tx: SQLTransaction) throws {
        guard let seal = try seals.first(where: { try isGuarded($0.model, tx) }) else { return }
        throw GatehouseError(
            .conflict, "'\(seal.path)' holds the sealed files of \(seal.model)/\(seal.version); they cannot be changed.",
            hint: "Log the new files in another run or model, and register a new version of \(seal.model).")
    }
}
