/// The whole subtrees that a tree of n leaves is made of, one per bit of n, largest first: the shortest way to append and to
/// get a root. Deliberately not built on tiles: what the tiles say is compared with this.
struct MerklePeaks: Sendable, Hashable {
    private(set) var size: Int64 = 0
    private var peaks: [TreeHash] = []

    init() {}

    /// Those of the tree that these tiles hold. Fails as reading them does.
    init(_ tiles: inout TileHashes) throws {
        size = tiles.treeSize
        var start: Int64 = 0
        for level in (0..<Int64.bitWidth - 1).reversed() where size & 1 << Int64(level) != 0 {
            peaks.append(try tiles.node(level, start >> Int64(level)))
            start += 1 << Int64(level)
        }
    }

    mutating func append(_ leaf: TreeHash) {
        var hash = leaf
        // As in a binary counter: each trailing one bit is a subtree of the same size to the left.
        for _ in 0..<(~size).trailingZeroBitCount { hash = .node(peaks.removeLast(), hash) }
        peaks.append(hash)
        size += 1
    }

    var root: TreeHash {
        guard var root = peaks.last else { return .emptyRoot }
        for peak in peaks.dropLast().reversed() { root = .node(peak, root) }
        return root
    }
}
