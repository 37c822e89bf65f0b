import Testing

@testable import Rendering

@Suite("Paths of inclusion proofs")
struct ProofPathTests {
    private let steps = [
        ProofPath.Step(given: "bbb", isGivenOnLeft: false, computed: "ggg", covers: "entries 1–2"),
        ProofPath.Step(given: "hhh", isGivenOnLeft: true, computed: "rrr", covers: "entries 1–4"),
    ]

    @Test("computed nodes are filled, given ones hollow, on their side")
    func drawing() {
        let text = ProofPath("From entry 1", leaf: "entry 1", leafHash: "aaa", steps: steps, signedRoot: "rrr").markup(id: "p")
            .text
        #expect(text.components(of: "class=\"dot colour-1\"") == 2)
        #expect(text.components(of: "class=\"mark neutral\"") == 2)
        #expect(text.components(of: "class=\"mark good\"") == 1)
        // The first neighbour is right of the leaf, the second left.
        #expect(text.contains("<circle cx=\"420\""))
        #expect(text.contains("<circle cx=\"180\""))
        #expect(text.contains("It is the signed one."))
    }

    @Test("another root is said and shown as bad")
    func wrong() {
        let path = ProofPath("From entry 1", leaf: "entry 1", leafHash: "aaa", steps: steps, signedRoot: "sss")
        #expect(!path.isProof)
        let text = path.markup(id: "p").text
        #expect(text.contains("class=\"mark bad\""))
        #expect(text.contains("It is not the signed one, which is sss."))
    }

    @Test("a tree of one entry has the leaf as its root")
    func single() {
        let path = ProofPath("From entry 1", leaf: "entry 1", leafHash: "aaa", steps: [], signedRoot: "aaa")
        #expect(path.isProof)
        #expect(path.markup(id: "p").text.components(of: "<circle") == 1)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { split(separator: part, omittingEmptySubsequences: false).count - 1 }
}
