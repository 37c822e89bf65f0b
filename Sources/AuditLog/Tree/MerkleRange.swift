/// A stretch of leaves, and how RFC 6962 divides it. `node(level, index)` stands for the hash over the 2^level leaves from
/// index × 2^level on.
struct MerkleRange {
    typealias Nodes = (_ level: Int, _ index: Int64) throws -> TreeHash

    let start: Int64
    let end: Int64

    var count: Int64 { end - start }

    /// The largest power of two below `count`, which must be above 1.
    var leftCount: Int64 { 1 << (Int64.bitWidth - 1 - (count - 1).leadingZeroBitCount) }
    var left: MerkleRange { MerkleRange(start: start, end: start + leftCount) }
    var right: MerkleRange { MerkleRange(start: start + leftCount, end: end) }

    /// The hash over the stretch. RFC 6962's divisions begin at multiples of their size, so whole powers of two are nodes.
    func hash(_ nodes: Nodes) throws -> TreeHash {
        if count == 0 { return .emptyRoot }
        if count & (count - 1) == 0 {
            let level = count.trailingZeroBitCount
            return try nodes(level, start >> Int64(level))
        }
        return .node(try left.hash(nodes), try right.hash(nodes))
    }
}
