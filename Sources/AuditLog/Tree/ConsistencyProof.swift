import GatehouseCore

/// Shows that a tree is an earlier one with leaves appended, and nothing changed (RFC 6962 §2.1.2).
package struct ConsistencyProof: Sendable, Hashable {
    package let oldSize: Int64
    package let newSize: Int64
    package let hashes: [TreeHash]

    package init(oldSize: Int64, newSize: Int64, hashes: [TreeHash]) {
        self.oldSize = oldSize
        self.newSize = newSize
        self.hashes = hashes
    }

    /// Makes the proof from the nodes of the newer tree. Between equal trees, and from the empty one, it has no hashes.
    /// Fails with `invalidArgument` when the older tree is not the smaller.
    package init(
        oldSize: Int64, newSize: Int64, nodes: (_ level: Int, _ index: Int64) throws -> TreeHash
    ) throws {
        guard oldSize >= 0, oldSize <= newSize else {
            throw GatehouseError(.invalidArgument, "A tree of \(newSize) entries did not grow from one of \(oldSize).")
        }
        var path: [TreeHash] = []
        if oldSize > 0 {
            var range = MerkleRange(start: 0, end: newSize)
            // RFC 6962's SUBPROOF, from the root down.
            while range.end != oldSize {
                let isLeft = oldSize <= range.left.end
                path.append(try (isLeft ? range.right : range.left).hash(nodes))
                range = isLeft ? range.left : range.right
            }
            // Whoever checks knows the older root already, unless it is only a part of it that stands here.
            if range.start != 0 { path.append(try range.hash(nodes)) }
        }
        self.init(oldSize: oldSize, newSize: newSize, hashes: path.reversed())
    }

    /// Whether the newer root grew from the older one (RFC 9162 §2.1.4.2).
    package func proves(oldRoot: TreeHash, newRoot: TreeHash) -> Bool {
        guard oldSize >= 0, oldSize <= newSize else { return false }
        if oldSize == newSize { return hashes.isEmpty && oldRoot == newRoot }
        if oldSize == 0 { return hashes.isEmpty && oldRoot == .emptyRoot }
        var path = hashes[...]
        var (at, last) = (oldSize - 1, newSize - 1)
        while at & 1 == 1 { (at, last) = (at >> 1, last >> 1) }
        // An older tree that is one whole node is its own start.
        guard let start = oldSize & (oldSize - 1) == 0 ? oldRoot : path.popFirst() else { return false }
        var (old, new) = (start, start)
        for hash in path {
            guard last > 0 else { return false }
            if at & 1 == 1 || at == last {
                (old, new) = (.node(hash, old), .node(hash, new))
                while at & 1 == 0, at != 0 { (at, last) = (at >> 1, last >> 1) }
            } else {
                new = .node(new, hash)
            }
            (at, last) = (at >> 1, last >> 1)
        }
        return last == 0 && old == oldRoot && new == newRoot
    }
}
