import GatehouseCore

/// The nodes of a tree as its tiles hold them: whatever proofs ask for, from at most one tile per eight levels.
package struct TileHashes {
    package let treeSize: Int64
    /// The bytes of a tile: its width times 32. What it throws comes out as it is.
    private let read: (TilePath) throws -> [UInt8]
    private var kept: [TilePath: [TreeHash]] = [:]

    package init(treeSize: Int64, read: @escaping (TilePath) throws -> [UInt8]) {
        self.treeSize = treeSize
        self.read = read
    }

    /// The nodes of the tree at an earlier size, out of the same tiles.
    func smaller(treeSize: Int64) -> TileHashes {
        let (read, today) = (read, self.treeSize)
        return TileHashes(treeSize: treeSize) { path in
            let whole = TilePath.at(path.content, index: path.index, treeSize: today) ?? path
            return Array(try read(whole).prefix(path.width * TreeHash.bytesCount))
        }
    }

    /// The hash over the 2^level leaves from index × 2^level on. Fails with `integrity` when a tile is too short.
    package mutating func node(_ level: Int, _ index: Int64) throws -> TreeHash {
        let (tileLevel, inner) = (level / TilePath.levelBits, level % TilePath.levelBits)
        let first = index << Int64(inner)
        let tile = try hashes(tileLevel, first >> Int64(TilePath.levelBits))
        let offset = Int(first & Int64(TilePath.widthMax - 1))
        guard offset + 1 << inner <= tile.count else {
            throw GatehouseError(.integrity, "A tree of \(treeSize) entries has no node \(index) at level \(level).")
        }
        return Self.fold(tile[offset..<(offset + 1 << inner)])
    }

    /// The hash of the leaf at `index`.
    package mutating func leaf(_ index: Int64) throws -> TreeHash { try node(0, index) }

    package mutating func root() throws -> TreeHash {
        try MerkleRange(start: 0, end: treeSize).hash { level, index in try node(level, index) }
    }

    package mutating func inclusionProof(of index: Int64) throws -> InclusionProof {
        try InclusionProof(index: index, treeSize: treeSize) { level, index in try node(level, index) }
    }

    package mutating func consistencyProof(from oldSize: Int64) throws -> ConsistencyProof {
        try ConsistencyProof(oldSize: oldSize, newSize: treeSize) { level, index in try node(level, index) }
    }

    private mutating func hashes(_ level: Int, _ index: Int64) throws -> [TreeHash] {
        guard let path = TilePath.at(.hashes(level: level), index: index, treeSize: treeSize) else { return [] }
        if let hashes = kept[path] { return hashes }
        let hashes = try Self.decode(try read(path), of: path)
        kept[path] = hashes
        return hashes
    }

    static func decode(_ bytes: [UInt8], of path: TilePath) throws(GatehouseError) -> [TreeHash] {
        guard bytes.count == path.width * TreeHash.bytesCount else {
            throw GatehouseError(
                .integrity, "The tile '\(path.text)' has \(bytes.count) bytes instead of \(path.width * TreeHash.bytesCount).",
                hint: "Find what is wrong: gatehouse audit verify DIR")
        }
        return stride(from: 0, to: bytes.count, by: TreeHash.bytesCount).compactMap {
            TreeHash(bytes: bytes[$0..<($0 + TreeHash.bytesCount)])
        }
    }

    static func encode(_ hashes: some Collection<TreeHash>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * TreeHash.bytesCount)
        for hash in hashes { bytes += hash.bytes }
        return bytes
    }

    /// The root over a power of two of hashes.
    static func fold(_ hashes: ArraySlice<TreeHash>) -> TreeHash {
        var hashes = Array(hashes)
        while hashes.count > 1 {
            for index in 0..<(hashes.count / 2) { hashes[index] = .node(hashes[2 * index], hashes[2 * index + 1]) }
            hashes.removeLast(hashes.count / 2)
        }
        return hashes[0]
    }
}
