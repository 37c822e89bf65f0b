package import GatehouseCore

/// The published log as mirrors and witnesses read it: the checkpoint and the tiles below it, from wherever they are kept.
package struct MirroredLog: Sendable {
    /// One entry as a mirror gets it.
    package struct Entry: Sendable, Hashable {
        /// From 1.
        package let sequence: Int64
        package let bytes: [UInt8]
        package let hash: TreeHash
    }

    /// The checkpoint that is published, as a note.
    package struct Published: Sendable, Hashable {
        package let note: SignedNote
        package let checkpoint: Checkpoint

        package init(_ note: SignedNote) throws(GatehouseError) {
            self.note = note
            checkpoint = try Checkpoint(note)
        }

        package var bytes: [UInt8] { Array(note.serialized.utf8) }
    }

    private let checkpoint: @Sendable () throws -> SignedNote?
    /// The bytes of a tile; of one that was filled since, the start that was asked for. Nil: there is none.
    private let tile: @Sendable (TilePath) throws -> [UInt8]?

    package init(
        checkpoint: @escaping @Sendable () throws -> SignedNote?, tile: @escaping @Sendable (TilePath) throws -> [UInt8]?
    ) {
        self.checkpoint = checkpoint
        self.tile = tile
    }

    /// Nil before the first checkpoint.
    package func published() throws -> Published? {
        try checkpoint().map { try Published($0) }
    }

    package func size() throws -> Int64 { try published()?.checkpoint.size ?? 0 }

    /// Fails with `integrity` when the log lacks the tile.
    package func bytes(of path: TilePath) throws -> [UInt8] {
        guard let bytes = try tile(path) else {
            throw GatehouseError(
                .integrity, "The log has no file '\(path.text)'.", hint: "Find what is wrong: gatehouse audit verify DIR")
        }
        return bytes
    }

    /// The nodes of the tree of this size, which may be an older one.
    package func hashes(treeSize: Int64) -> TileHashes { TileHashes(treeSize: treeSize, read: bytes) }

    /// The root the log had when it was so large. Read from the tiles of today's tree, whose older partial ones are gone.
    package func root(atSize size: Int64, within treeSize: Int64) throws -> TreeHash {
        var hashes = hashes(treeSize: treeSize)
        return try MerkleRange(start: 0, end: size).hash { level, index in try hashes.node(level, index) }
    }

    /// Entries from `held + 1` on, to the end of their bundle at most.
    package func entries(after held: Int64, treeSize: Int64) throws -> [Entry] {
        guard held >= 0, let path = TilePath.at(.entries, index: held / Int64(TilePath.widthMax), treeSize: treeSize) else {
            return []
        }
        let first = path.index * Int64(TilePath.widthMax)
        let bundle = try EntryBundle(parsing: bytes(of: path), count: path.width)
        return bundle.entries.enumerated().dropFirst(Int(held - first)).map { offset, bytes in
            Entry(sequence: first + Int64(offset) + 1, bytes: bytes, hash: .leaf(bytes))
        }
    }
}
