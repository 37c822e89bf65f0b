package import GatehouseCore
package import Storage

/// This server as a witness: cosigns checkpoints of other logs, each only if it grew from the one before.
package struct Witness: Sendable {
    package let signer: any NoteSigner
    /// The keys that are trusted for each log, by its origin.
    private let logs: [String: [NoteVerifier]]
    private let store: any SQLStore
    private let now: @Sendable () -> Timestamp

    /// `logs` are their keys; a key's name is the origin of its log. Fails with `invalidArgument` when one is no key of a log.
    package init(
        signer: any NoteSigner, logs: [NoteVerifier], store: any SQLStore, now: @escaping @Sendable () -> Timestamp
    ) throws(GatehouseError) {
        if let other = logs.first(where: { $0.algorithm != .ed25519 }) {
            throw GatehouseError(.invalidArgument, "The key '\(other.name)' is a witness's, not a log's.")
        }
        self.signer = signer
        self.logs = Dictionary(grouping: logs, by: \.name)
        self.store = store
        self.now = now
    }

    /// Answers `add-checkpoint`. Throws only what the database and the signer throw.
    package func answer(_ body: [UInt8]) async throws -> CosigningAnswer {
        let request: CosigningRequest
        do { request = try CosigningRequest(parsing: body) } catch { return .malformed(error.message) }
        let checkpoint = request.checkpoint
        guard let keys = logs[checkpoint.origin] else { return .unknownLog }
        guard keys.contains(where: { $0.verifies(request.note) }) else { return .noTrustedSignature }
        guard request.oldSize <= checkpoint.size else { return .malformed("The old size is above that of the checkpoint.") }
        let time = now()
        // Looking and remembering in one transaction: of two requests that race, the second sees what the first remembered, and
        // no cosignature leaves before what was cosigned is on disk.
        let refusal: CosigningAnswer? = try await store.write { tx in
            let known = try tx.witnessedLog(origin: checkpoint.origin)
            guard request.oldSize == known.size else { return .knows(size: known.size) }
            if checkpoint.size == known.size, checkpoint.root != known.root { return .forked }
            let proof = ConsistencyProof(oldSize: known.size, newSize: checkpoint.size, hashes: request.hashes)
            guard proof.proves(oldRoot: known.root, newRoot: checkpoint.root) else { return .wrongProof }
            try tx.witness(checkpoint, note: request.note, at: time)
            return nil
        }
        if let refusal { return refusal }
        return .cosigned([try await signer.cosignature(of: request.note, at: time)])
    }
}
