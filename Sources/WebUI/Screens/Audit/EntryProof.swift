import AuditLog
import GatehouseCore
import Rendering

/// The way from an entry's signed bytes to the signed root, walked here.
struct EntryProof: Sendable {
    /// The bytes that the tree holds.
    let bytes: [UInt8]
    let hashes: [TreeHash]
    let checkpoint: Checkpoint
    /// Whether the checkpoint's signature is of the server's key.
    let isSigned: Bool
    let path: ProofPath

    var holds: Bool { isSigned && path.isProof }

    /// Fails with `integrity` where the proof has another number of hashes than its tree asks for.
    init(_ receipt: TLogProof, key: NoteVerifier) throws(GatehouseError) {
        let sequence = receipt.index + 1
        bytes = receipt.extra ?? []
        hashes = receipt.hashes
        checkpoint = receipt.checkpoint
        isSigned = key.verifies(receipt.note)
        let rungs = Self.rungs(index: receipt.index, treeSize: checkpoint.size)
        guard rungs.count == hashes.count else {
            throw GatehouseError(
                .integrity, "The proof of entry \(sequence) has \(hashes.count) hashes instead of \(rungs.count).")
        }
        let leaf = TreeHash.leaf(bytes)
        var hash = leaf
        var steps: [ProofPath.Step] = []
        for (rung, given) in zip(rungs, hashes) {
            hash = rung.isGivenOnLeft ? .node(given, hash) : .node(hash, given)
            steps.append(
                ProofPath.Step(
                    given: given.base64, isGivenOnLeft: rung.isGivenOnLeft, computed: hash.base64,
                    covers: "entries \(rung.first)–\(rung.last)"))
        }
        path = ProofPath(
            "From entry \(sequence) to the signed root", leaf: "entry \(sequence)", leafHash: leaf.base64, steps: steps,
            signedRoot: checkpoint.root.base64)
    }

    struct Rung: Equatable {
        let isGivenOnLeft: Bool
        /// The entries below the node above, counted from 1.
        let first: Int64
        let last: Int64
    }

    /// From the leaf up (RFC 9162 §2.1.3): the tree is divided at the largest power of two below its size, again and again.
    static func rungs(index: Int64, treeSize: Int64) -> [Rung] {
        guard index >= 0, index < treeSize else { return [] }
        var (start, end) = (Int64(0), treeSize)
        var rungs: [Rung] = []
        while end - start > 1 {
            let half = Int64(1) << Int64(Int64.bitWidth - 1 - (end - start - 1).leadingZeroBitCount)
            let isOnRight = index >= start + half
            rungs.append(Rung(isGivenOnLeft: isOnRight, first: start + 1, last: end))
            (start, end) = isOnRight ? (start + half, end) : (start, start + half)
        }
        return rungs.reversed()
    }
}
