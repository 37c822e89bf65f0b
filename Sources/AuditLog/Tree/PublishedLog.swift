package import GatehouseCore

/// The log as everybody may read it: what is under the published checkpoint.
package struct PublishedLog: Sendable {
    package let directory: TileDirectory
    package let key: NoteVerifier

    package init(directory: TileDirectory, key: NoteVerifier) {
        self.directory = directory
        self.key = key
    }

    /// The published checkpoint. Fails with `notFound` before the first.
    package func latest() throws(GatehouseError) -> (note: SignedNote, checkpoint: Checkpoint) {
        guard let note = try directory.checkpoint() else {
            throw GatehouseError(.notFound, "The log has no checkpoint yet.", hint: "A server signs the first when it starts.")
        }
        return (note, try Checkpoint(note))
    }

    /// The receipt for entry `sequence`, with the entry itself. Fails with `undecided` when no checkpoint covers it yet.
    package func receipt(for sequence: Int64) throws -> TLogProof {
        let (note, checkpoint) = try latest()
        guard sequence >= 1 else { throw GatehouseError(.notFound, "There is no audit entry \(sequence).") }
        guard sequence <= checkpoint.size else {
            throw GatehouseError(
                .undecided, "No checkpoint covers entry \(sequence) yet: the last one has \(checkpoint.size).",
                hint: "Ask again in a second, or add wait=5.")
        }
        var hashes = directory.hashes(treeSize: checkpoint.size)
        let proof = try hashes.inclusionProof(of: sequence - 1)
        let entry = try directory.entry(sequence - 1, treeSize: checkpoint.size)
        guard proof.proves(leaf: .leaf(entry), root: checkpoint.root) else {
            throw LogIntegrator.mismatch("the files do not prove entry \(sequence)")
        }
        return try TLogProof(extra: entry, index: proof.index, hashes: proof.hashes, note: note)
    }

    /// The proof at an earlier size; nil means the published one.
    package func inclusionProof(of index: Int64, treeSize: Int64? = nil) throws -> InclusionProof {
        var hashes = try hashes(treeSize: treeSize)
        return try hashes.inclusionProof(of: index)
    }

    /// The proof between two sizes; nil means the published one.
    package func consistencyProof(from oldSize: Int64, to newSize: Int64? = nil) throws -> ConsistencyProof {
        var hashes = try hashes(treeSize: newSize)
        return try hashes.consistencyProof(from: oldSize)
    }

    /// The nodes of an earlier tree, from the tiles of today's: a size between two checkpoints never had tiles of its own.
    private func hashes(treeSize: Int64?) throws -> TileHashes {
        let published = try latest().checkpoint.size
        let size = treeSize ?? published
        guard size >= 0, size <= published else {
            throw GatehouseError(.invalidArgument, "There is no tree of \(size) entries: the published one has \(published).")
        }
        let today = directory.hashes(treeSize: published)
        return today.smaller(treeSize: size)
    }
}
