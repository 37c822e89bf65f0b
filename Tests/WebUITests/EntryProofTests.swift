import GatehouseCore
import Testing

@testable import WebUI

@Suite("Proofs of entries")
struct EntryProofTests {
    @Test("the way to the root follows the divisions of RFC 9162")
    func rungs() {
        // RFC 9162 §2.1.5, the tree of seven leaves: PATH(0, D[7]) = [b, h, l], PATH(3, D[7]) = [c, g, l],
        // PATH(4, D[7]) = [f, j, k], PATH(6, D[7]) = [i, k].
        let sides = [0, 3, 4, 6].map { EntryProof.rungs(index: $0, treeSize: 7).map(\.isGivenOnLeft) }
        #expect(sides == [[false, false, false], [true, true, false], [false, false, true], [true, true]])
        let covers = EntryProof.rungs(index: 6, treeSize: 7).map { [$0.first, $0.last] }
        #expect(covers == [[5, 7], [1, 7]])
    }

    @Test("a tree of one entry is its own root, and what is not in the tree has no way")
    func edges() {
        #expect(EntryProof.rungs(index: 0, treeSize: 1).isEmpty)
        #expect(EntryProof.rungs(index: 7, treeSize: 7).isEmpty)
        #expect(EntryProof.rungs(index: -1, treeSize: 7).isEmpty)
        #expect(EntryProof.rungs(index: 0, treeSize: Int64.max).count == 63)
    }
}

@Suite("Facts of entries")
struct EntryFactsTests {
    @Test("what was one thing before and another after stands side by side")
    func changes() throws {
        let facts = EntryFacts(["from": "None", "to": "Staging", "slot": nil], version: try VersionNumber(2))
        #expect(facts.changes == [.init(name: "stage", before: "None", after: "Staging")])
        #expect(facts.rows == [.init(name: "slot", value: "none", address: nil)])
    }

    @Test("nested values go by their path, lists of objects by their place")
    func nested() {
        let facts = EntryFacts(["checks": [["name": "requests", "rows": 38]], "rules": ["deadline_ms": 10]], version: nil)
        #expect(facts.rows.map(\.name) == ["checks 1.name", "checks 1.rows", "rules.deadline ms"])
    }

    @Test("ids lead to their pages, and the number of rows is bounded")
    func bounded() {
        let facts = EntryFacts(["promotion": "prm_1"], version: nil)
        #expect(facts.rows.first?.address == "/promotions/prm_1")
        let many = EntryFacts(
            .object(Dictionary(uniqueKeysWithValues: (0..<500).map { ("k\($0)", JSONValue.null) })), version: nil)
        #expect(many.rows.count == EntryFacts.rowsMax)
        #expect(many.left == 500 - EntryFacts.rowsMax)
    }
}
