import GatehouseCore

/// Shows that a leaf is in a tree (RFC 6962 §2.1.1).
package struct InclusionProof: Sendable, Hashable {
    /// A tree of 2^62 leaves has no longer path.
    package static let hashesMax = 63

    package let index: Int64
    package let treeSize: Int64
    /// From the leaf's sibling to below the root.
    package let hashes: [TreeHash]

    package init(index: Int64, treeSize: Int64, hashes: [TreeHash]) {
        self.index = index
        self.treeSize = treeSize
        self.hashes = hashes
    }

    /// Makes the proof from the nodes of a tree. Fails with `invalidArgument` when the tree has no such leaf.
    package init(
        index: Int64, treeSize: Int64, nodes: (_ level: Int, _ index: Int64) throws -> TreeHash
    ) throws {
        guard index >= 0, index < treeSize else {
            throw GatehouseError(.invalidArgument, "A tree of \(treeSize) entries has none at index \(index).")
        }
        var range = MerkleRange(start: 0, end: treeSize)
        var path: [TreeHash] = []
        while range.count > 1 {
            let isLeft = index < range.left.end
            path.append(try (isLeft ? range.right : range.left).hash(nodes))
            range = isLeft ? range.left : range.right
        }
        self.init(index: index, treeSize: treeSize, hashes: path.reversed())
    }

    /// The root that follows from the leaf and the path; nil when the path does not fit the tree (RFC 9162 §2.1.3.2).
    package func root(leaf: TreeHash) -> TreeHash? {
        guard index >= 0, index < treeSize else { return nil }
        var (at, last, hash) = (index, treeSize - 1, leaf)
        for sibling in hashes {
            guard last > 0 else { return nil }
            if at & 1 == 1 || at == last {
                hash = .node(sibling, hash)
                while at & 1 == 0, at != 0 { (at, last) = (at >> 1, last >> 1) }
            } else {
                hash = .node(hash, sibling)
            }
            (at, last) = (at >> 1, last >> 1)
        }
        return last == 0 ? hash : nil
    }

    package func proves(leaf: TreeHash, root: TreeHash) -> Bool { self.root(leaf: leaf) == root }
}
