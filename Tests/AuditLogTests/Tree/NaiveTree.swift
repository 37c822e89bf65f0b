@testable import AuditLog

/// RFC 6962 word for word, from all leaves each time: what the faster ways are compared with.
struct NaiveTree {
    var leaves: [TreeHash] = []

    func root(_ range: Range<Int>) -> TreeHash {
        switch range.count {
        case 0: return .emptyRoot
        case 1: return leaves[range.lowerBound]
        default:
            let split = range.lowerBound + Self.split(range.count)
            return .node(root(range.lowerBound..<split), root(split..<range.upperBound))
        }
    }

    var root: TreeHash { root(0..<leaves.count) }

    /// PATH(m, D[n]).
    func path(_ index: Int, _ range: Range<Int>) -> [TreeHash] {
        guard range.count > 1 else { return [] }
        let split = range.lowerBound + Self.split(range.count)
        return index < split
            ? path(index, range.lowerBound..<split) + [root(split..<range.upperBound)]
            : path(index, split..<range.upperBound) + [root(range.lowerBound..<split)]
    }

    /// SUBPROOF(m, D[n], b).
    func proof(_ old: Int, _ range: Range<Int>, _ isWhole: Bool = true) -> [TreeHash] {
        if old == range.upperBound { return isWhole ? [] : [root(range)] }
        let split = range.lowerBound + Self.split(range.count)
        return old <= split
            ? proof(old, range.lowerBound..<split, isWhole) + [root(split..<range.upperBound)]
            : proof(old, split..<range.upperBound, false) + [root(range.lowerBound..<split)]
    }

    /// The largest power of two below `count`.
    private static func split(_ count: Int) -> Int {
        var split = 1
        while split * 2 < count { split *= 2 }
        return split
    }
}
