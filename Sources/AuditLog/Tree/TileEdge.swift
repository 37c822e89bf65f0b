/// The right edge of a tree: per level of tiles the hashes of the tile that is not full yet. All that appending needs, at most
/// 255 hashes for each eight levels, however large the tree.
struct TileEdge: Sendable, Hashable {
    private(set) var size: Int64 = 0
    /// From the leaves up.
    private(set) var levels: [[TreeHash]] = []

    /// The empty tree.
    init() {}

    /// The edge of the tree that these tiles hold. Fails as reading them does.
    init(_ tiles: inout TileHashes) throws {
        size = tiles.treeSize
        var level = 0
        while TilePath.count(level: level, treeSize: size) > 0 {
            let count = TilePath.count(level: level, treeSize: size)
            let partial = count & Int64(TilePath.widthMax - 1)
            levels.append(
                try (0..<partial).map { try tiles.node(level * TilePath.levelBits, count - partial + $0) })
            level += 1
        }
    }

    /// Appends a leaf. Hands each tile that it fills to `full`.
    mutating func append(_ leaf: TreeHash, full: (TilePath, [TreeHash]) throws -> Void) rethrows {
        var (hash, level) = (leaf, 0)
        while true {
            if level == levels.count { levels.append([]) }
            levels[level].append(hash)
            guard levels[level].count == TilePath.widthMax else { break }
            let index = size >> Int64(TilePath.levelBits * (level + 1))
            try full(TilePath(.hashes(level: level), index: index), levels[level])
            hash = TileHashes.fold(levels[level][...])
            levels[level] = []
            level += 1
        }
        size += 1
    }

    /// The tiles that are not full.
    var partialTiles: [(path: TilePath, hashes: [TreeHash])] {
        levels.enumerated().filter { !$0.element.isEmpty }.map { level, hashes in
            let index = size >> Int64(TilePath.levelBits * (level + 1))
            return (TilePath(.hashes(level: level), index: index, width: hashes.count), hashes)
        }
    }

    /// From the right: whole subtrees of growing size are folded into what stands right of them.
    var root: TreeHash {
        var root: TreeHash?
        for hashes in levels {
            var end = hashes.count
            var part = 1
            while end > 0 {
                if hashes.count & part != 0 {
                    let subtree = TileHashes.fold(hashes[(end - part)..<end])
                    root = root.map { .node(subtree, $0) } ?? subtree
                    end -= part
                }
                part <<= 1
            }
        }
        return root ?? .emptyRoot
    }
}
