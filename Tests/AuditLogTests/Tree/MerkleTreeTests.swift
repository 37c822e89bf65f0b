import GatehouseCore
import Testing

@testable import AuditLog

@Suite("The Merkle tree")
struct MerkleTreeTests {
    /// The leaves of the tests of Certificate Transparency, as golang.org/x/mod/sumdb/tlog 0.5 hashes them.
    static let leaves: [[UInt8]] = [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43], Array(0x50...0x57), Array(0x60...0x6f),
    ]
    static let roots = [
        "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=", "+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=",
        "rra8/idLcKFPsGel5VeCZNsPqbUa9eC6FZFY8yngbnc=", "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
        "Tju7H3tHjc/nH7YxYxUZo7yhLJrvyhYSv85ME6hiZNQ=", "duZ9rbzfHhDht03cYIq9L5jfsW+851J3tSMqEn8gh+8=",
        "3bib5AOAnjJXUNPSY814kpwpQreUKjS3fhIslZSnTIw=", "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=",
    ]

    @Test("roots are those of the reference implementation, by each way to compute them")
    func reference() throws {
        var (edge, peaks, naive) = (TileEdge(), MerklePeaks(), NaiveTree())
        for (leaf, root) in zip(Self.leaves, Self.roots) {
            let hash = TreeHash.leaf(leaf)
            edge.append(hash) { _, _ in Issue.record("no tile is full yet") }
            peaks.append(hash)
            naive.leaves.append(hash)
            #expect(edge.root.base64 == root)
            #expect(peaks.root.base64 == root)
            #expect(naive.root.base64 == root)
        }
    }

    @Test("proofs are those of the reference implementation")
    func referenceProofs() throws {
        let nodes = Self.nodes(Self.leaves.map { TreeHash.leaf($0) })
        let inclusion = try InclusionProof(index: 5, treeSize: 8, nodes: nodes)
        #expect(
            inclusion.hashes.map(\.base64) == [
                "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=", "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
                "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
            ])
        let last = try InclusionProof(index: 6, treeSize: 7, nodes: nodes)
        #expect(
            last.hashes.map(\.base64) == [
                "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=", "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
            ])
        let consistency = try ConsistencyProof(oldSize: 6, newSize: 8, nodes: nodes)
        #expect(
            consistency.hashes.map(\.base64) == [
                "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=", "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
                "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
            ])
        let whole = try ConsistencyProof(oldSize: 4, newSize: 7, nodes: nodes)
        #expect(whole.hashes.map(\.base64) == ["g327FS6bB5AQcX6E6GXaTrwPoZioBtWdMb8VrM7yLQ4="])
    }

    @Test("every proof of every tree of up to 40 leaves is RFC 6962's, and holds")
    func allSmall() throws {
        let leaves = Self.leaves(40)
        let nodes = Self.nodes(leaves)
        for size in 1...leaves.count {
            let naive = NaiveTree(leaves: Array(leaves[..<size]))
            for index in 0..<size {
                let proof = try InclusionProof(index: Int64(index), treeSize: Int64(size), nodes: nodes)
                #expect(proof.hashes == naive.path(index, 0..<size))
                #expect(proof.proves(leaf: leaves[index], root: naive.root))
                #expect(!proof.proves(leaf: leaves[(index + 1) % 40], root: naive.root) || size == 1 && index == 39)
            }
            for old in 1...size {
                let proof = try ConsistencyProof(oldSize: Int64(old), newSize: Int64(size), nodes: nodes)
                #expect(proof.hashes == naive.proof(old, 0..<size))
                #expect(proof.proves(oldRoot: naive.root(0..<old), newRoot: naive.root))
            }
        }
    }

    @Test("a proof with a hash changed, missing, added or for another place does not hold")
    func falseProofs() throws {
        let leaves = Self.leaves(23)
        let naive = NaiveTree(leaves: leaves)
        let nodes = Self.nodes(leaves)
        let wrong = TreeHash.leaf([1, 2, 3])
        for index in 0..<23 {
            let hashes = try InclusionProof(index: Int64(index), treeSize: 23, nodes: nodes).hashes
            func holds(_ hashes: [TreeHash], index: Int64, size: Int64 = 23) -> Bool {
                InclusionProof(index: index, treeSize: size, hashes: hashes).proves(
                    leaf: leaves[Int(index) % 23], root: naive.root)
            }
            #expect(holds(hashes, index: Int64(index)))
            #expect(!holds(hashes + [wrong], index: Int64(index)))
            #expect(!holds(Array(hashes.dropLast()), index: Int64(index)))
            #expect(!holds(hashes, index: Int64(index) + 23))
            for place in hashes.indices {
                var changed = hashes
                changed[place] = wrong
                #expect(!holds(changed, index: Int64(index)))
            }
        }
        for old in 1..<23 {
            let proof = try ConsistencyProof(oldSize: Int64(old), newSize: 23, nodes: nodes)
            let root = naive.root(0..<old)
            #expect(!proof.proves(oldRoot: wrong, newRoot: naive.root))
            #expect(!proof.proves(oldRoot: root, newRoot: wrong))
            for place in proof.hashes.indices {
                var changed = proof.hashes
                changed[place] = wrong
                #expect(
                    !ConsistencyProof(oldSize: Int64(old), newSize: 23, hashes: changed).proves(
                        oldRoot: root, newRoot: naive.root))
            }
            let longer = ConsistencyProof(oldSize: Int64(old), newSize: 23, hashes: proof.hashes + [wrong])
            #expect(!longer.proves(oldRoot: root, newRoot: naive.root))
        }
    }

    @Test("sizes that make no sense are refused or prove nothing")
    func bounds() throws {
        let nodes = Self.nodes(Self.leaves(4))
        for (index, size) in [(-1, 4), (4, 4), (0, 0), (0, -1)] as [(Int64, Int64)] {
            #expect(throws: GatehouseError.self) { try InclusionProof(index: index, treeSize: size, nodes: nodes) }
            #expect(InclusionProof(index: index, treeSize: size, hashes: []).root(leaf: .emptyRoot) == nil)
        }
        for (old, new) in [(-1, 4), (5, 4)] as [(Int64, Int64)] {
            #expect(throws: GatehouseError.self) { try ConsistencyProof(oldSize: old, newSize: new, nodes: nodes) }
            #expect(!ConsistencyProof(oldSize: old, newSize: new, hashes: []).proves(oldRoot: .emptyRoot, newRoot: .emptyRoot))
        }
        let fromNothing = try ConsistencyProof(oldSize: 0, newSize: 4, nodes: nodes)
        #expect(fromNothing.hashes.isEmpty)
        #expect(fromNothing.proves(oldRoot: .emptyRoot, newRoot: .leaf([])))
        #expect(InclusionProof(index: 1, treeSize: .max, hashes: []).root(leaf: .emptyRoot) == nil)
    }

    static func leaves(_ count: Int) -> [TreeHash] {
        (0..<count).map { TreeHash.leaf(Array("entry \($0)".utf8)) }
    }

    /// Nodes of a tree, each computed from its leaves.
    static func nodes(_ leaves: [TreeHash]) -> (Int, Int64) throws -> TreeHash {
        { level, index in
            let start = Int(index) << level
            return NaiveTree(leaves: leaves).root(start..<(start + 1 << level))
        }
    }
}
