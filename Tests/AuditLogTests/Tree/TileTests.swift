import GatehouseCore
import Testing

@testable import AuditLog

@Suite("Tiles")
struct TileTests {
    @Test(
        "addresses are those of the specification",
        arguments: [
            (TilePath(.hashes(level: 0), index: 1_234_067), "tile/0/x001/x234/067"),
            (TilePath(.hashes(level: 1), index: 0, width: 12), "tile/1/000.p/12"),
            (TilePath(.entries, index: 999_999, width: 255), "tile/entries/x999/999.p/255"),
            (TilePath(.hashes(level: 2), index: 7), "tile/2/007"), (TilePath(.entries, index: 1000), "tile/entries/x001/000"),
        ])
    func addresses(_ path: TilePath, _ text: String) throws {
        #expect(path.text == text)
        #expect(try TilePath(parsing: text) == path)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", "tile", "tile/0", "tile/0/", "tile/8/000", "tile/-1/000", "tile/00/000", "tile/0/0", "tile/0/1000", "tile/0/x000",
            "tile/0/x000/001", "tile/0/001/002", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/012", "tile/0/000.p",
            "tile/0/../key", "tile/entries/x001/x234/x567/x890/x123/456", "tile/data/000", "tiles/0/000", "tile/0/+01",
            "tile/0/000.p/12/13", "/tile/0/000", "tile//000", "tile/0/000 ", "tile/0/x999/x999/x999/x999/x999/999",
        ])
    func badAddresses(_ text: String) {
        let error = #expect(throws: GatehouseError.self) { try TilePath(parsing: text) }
        #expect(error?.code == .notFound)
    }

    @Test("bundles keep entries of every length, and name what is cut or too long")
    func bundles() throws {
        let entries = [[], [1], Array(repeating: 7, count: 255), Array(repeating: 9, count: AuditLeaf.bytesMax)] as [[UInt8]]
        let bytes = EntryBundle(entries: entries).bytes
        #expect(try EntryBundle(parsing: bytes, count: 4).entries == entries)
        // The length goes before its entry, high byte first.
        #expect(Array(bytes[..<5]) == [0, 0, 0, 1, 1])
        for cut in [0, 1, 2, 3, 5, bytes.count - 1] {
            #expect(throws: GatehouseError.self) { try EntryBundle(parsing: Array(bytes[..<cut]), count: 4) }
        }
        #expect(throws: GatehouseError.self) { try EntryBundle(parsing: bytes + [0], count: 4) }
        #expect(throws: GatehouseError.self) { try EntryBundle(parsing: bytes, count: 3) }
    }

    /// Sizes around the borders of tiles, up to the third level.
    static let sizes = [1, 2, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537, 66_000]

    @Test("a tree grown in batches of any size has the naive root, and its tiles give every node")
    func growing() throws {
        let leaves = MerkleTreeTests.leaves(Self.sizes.last ?? 0)
        var tiles: [TilePath: [UInt8]] = [:]
        var (tree, peaks) = (GrowingTree(), MerklePeaks())
        for size in Self.sizes {
            let new = leaves[Int(tree.size)..<size]
            let batch = tree.append(new.map { (bytes: [UInt8](), leaf: $0) })
            for (path, bytes) in batch.tiles {
                if let earlier = tiles[path] { #expect(earlier == bytes, "\(path.text) changed") }
                tiles[path] = bytes
            }
            for leaf in new { peaks.append(leaf) }
            #expect(tree.root == peaks.root)
            var hashes = TileHashes(treeSize: Int64(size)) { path in try #require(tiles[path], "\(path.text)") }
            #expect(try hashes.root() == tree.root)
            #expect(try TileEdge(&hashes) == tree.edge)
            #expect(try MerklePeaks(&hashes) == peaks)
        }
    }

    @Test("proofs from tiles hold across the borders of tiles")
    func proofs() throws {
        let leaves = MerkleTreeTests.leaves(700)
        var tree = GrowingTree()
        var tiles: [TilePath: [UInt8]] = [:]
        for (path, bytes) in tree.append(leaves.map { (bytes: [], leaf: $0) }).tiles { tiles[path] = bytes }
        var hashes = TileHashes(treeSize: 700) { try #require(tiles[$0]) }
        let naive = NaiveTree(leaves: leaves)
        for index in [0, 1, 127, 128, 255, 256, 511, 512, 699] as [Int64] {
            let proof = try hashes.inclusionProof(of: index)
            #expect(proof.proves(leaf: leaves[Int(index)], root: tree.root))
            #expect(proof.hashes == naive.path(Int(index), 0..<700))
        }
        for old in [1, 2, 255, 256, 257, 512, 513, 699, 700] as [Int64] {
            let proof = try hashes.consistencyProof(from: old)
            #expect(proof.hashes == naive.proof(Int(old), 0..<700))
            var smaller = hashes.smaller(treeSize: old)
            #expect(try smaller.root() == naive.root(0..<Int(old)))
        }
        #expect(throws: GatehouseError.self) { try hashes.inclusionProof(of: 700) }
        #expect(throws: GatehouseError.self) { try hashes.node(0, 700) }
    }

    @Test("a tile of another length is refused")
    func shortTile() {
        var hashes = TileHashes(treeSize: 3) { _ in Array(repeating: 0, count: 95) }
        let error = #expect(throws: GatehouseError.self) { try hashes.root() }
        #expect(error?.code == .integrity)
    }
}
