package import GatehouseCore
package import Storage

/// Changes the log's key. The old key signs the entry that names the new one, and one checkpoint carries both signatures, so
/// whoever trusts the old key has a reason to trust the new. For a stopped server.
package struct KeyRotation: Sendable {
    let store: any SQLStore
    let directory: TileDirectory
    let now: @Sendable () -> Timestamp

    package init(store: any SQLStore, directory: TileDirectory, now: @escaping @Sendable () -> Timestamp) {
        self.store = store
        self.directory = directory
        self.now = now
    }

    /// Continues one that a crash cut off, with the same new key. Fails as opening the log does.
    package func rotate(
        by principal: Principal, id: String, randomBytes: (Int) -> [UInt8]
    ) async throws -> (old: NoteVerifier, new: NoteVerifier) {
        let keys = LogKeyFiles(directory: directory)
        guard let old = try keys.secret(LogKeyFiles.secretName) else {
            throw GatehouseError(
                .notFound, "There is no key in '\(directory.path)'.",
                hint: "A log that a program signs changes its key with that program.")
        }
        let new = try next(after: old, keys, randomBytes)
        let draft = AuditDraft(
            id: id, time: now(), principal: principal, action: .auditKeyRotated,
            facts: ["old_key": .string(old.verifier.vkey), "new_key": .string(new.verifier.vkey)])
        try await store.write { tx in _ = try tx.append(draft) }
        let opening = LogOpening(
            store: store, directory: directory, signers: [old, new], origin: old.verifier.name, now: now)
        var integrator = try await opening.open()
        while try await integrator.integrate() > 0 {}
        // From here on the new key alone signs; the last checkpoint is its own already.
        try keys.write(new, to: LogKeyFiles.secretName)
        try keys.publish(new.verifier)
        try keys.files.remove(LogKeyFiles.nextName)
        return (old.verifier, new.verifier)
    }

    /// The key to change to; one that an interrupted change has left, or a new one.
    private func next(after old: NoteKey, _ keys: LogKeyFiles, _ randomBytes: (Int) -> [UInt8]) throws -> NoteKey {
        if let begun = try keys.secret(LogKeyFiles.nextName), begun.verifier != old.verifier { return begun }
        let new = try NoteKey(name: old.verifier.name, seed: randomBytes(NoteKey.bytesCount))
        try keys.write(new, to: LogKeyFiles.nextName)
        return new
    }
}
