/// A tree that entries are appended to: its right edge, and the entries of the bundle that is not full yet. Says which files
/// an append changes; writes nothing.
struct GrowingTree: Sendable {
    /// The files of one append, in the order in which they are written.
    struct Batch: Sendable {
        var tiles: [(path: TilePath, bytes: [UInt8])] = []
        /// Those that will not change any more.
        var full: [TilePath] { tiles.map(\.path).filter(\.isFull) }
    }

    private(set) var edge = TileEdge()
    private var open: [[UInt8]] = []

    var size: Int64 { edge.size }
    var root: TreeHash { edge.root }

    /// The empty tree.
    init() {}

    /// The tree of this size in a directory. Fails with `integrity` where a tile is missing or damaged.
    init(_ directory: TileDirectory, size: Int64) throws {
        var tiles = directory.hashes(treeSize: size)
        edge = try TileEdge(&tiles)
        // Of a size that fills its last bundle, this one is empty.
        open = try directory.bundle(size >> Int64(TilePath.levelBits), treeSize: size)
    }

    /// Appends entries, each with the hash that its bytes have.
    mutating func append(_ entries: [(bytes: [UInt8], leaf: TreeHash)]) -> Batch {
        var (bundles, hashes) = (Batch(), Batch())
        for entry in entries {
            open.append(entry.bytes)
            if open.count == TilePath.widthMax {
                let index = size >> Int64(TilePath.levelBits)
                bundles.tiles.append((TilePath(.entries, index: index), EntryBundle(entries: open).bytes))
                open = []
            }
            edge.append(entry.leaf) { path, full in hashes.tiles.append((path, TileHashes.encode(full))) }
        }
        if !open.isEmpty {
            let path = TilePath(.entries, index: size >> Int64(TilePath.levelBits), width: open.count)
            bundles.tiles.append((path, EntryBundle(entries: open).bytes))
        }
        for partial in edge.partialTiles { hashes.tiles.append((partial.path, TileHashes.encode(partial.hashes))) }
        return Batch(tiles: bundles.tiles + hashes.tiles)
    }
}
