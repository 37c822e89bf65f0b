import GatehouseCore
import Testing

@Suite("What somebody probably meant")
struct SuggestionTests {
    private let gates = ["accuracy", "latency", "fairness", "data_drift", "schema"]

    @Test(
        "a slip of the finger is recognised",
        arguments: [
            ("acuracy", "accuracy"), ("accuraccy", "accuracy"), ("accurasy", "accuracy"), ("accuarcy", "accuracy"),
            ("LATENCY", "latency"), ("fairnes", "fairness"), ("datadrift", "data_drift"), ("shcema", "schema"),
            ("data-drift", "data_drift"), ("schema", "schema"),
        ])
    func near(_ word: String, _ meant: String) {
        #expect(Suggestion.nearest(to: word, in: gates) == meant)
    }

    @Test("a word that is far from everything gets no suggestion", arguments: ["", "x", "throughput", "calibration", "gates"])
    func far(_ word: String) {
        #expect(Suggestion.nearest(to: word, in: gates) == nil)
    }

    @Test("a swap of neighbours is one slip, not two")
    func swap() {
        // Two substitutions would be more than a third of four letters.
        #expect(Suggestion.nearest(to: "gaet", in: ["gate"]) == "gate")
        #expect(Suggestion.nearest(to: "tega", in: ["gate"]) == nil)
    }

    @Test("among equals the first by name is proposed, whatever the order")
    func ties() {
        #expect(Suggestion.nearest(to: "cat", in: ["car", "bat"]) == "bat")
        #expect(Suggestion.nearest(to: "cat", in: ["bat", "car"]) == "bat")
        #expect(Suggestion.nearest(to: "cat", in: []) == nil)
    }

    @Test("a word of megabytes costs nothing", .timeLimit(.minutes(1)))
    func hostile() {
        let word = String(repeating: "a", count: 4_000_000)
        #expect(Suggestion.nearest(to: word, in: gates) == nil)
    }
}
