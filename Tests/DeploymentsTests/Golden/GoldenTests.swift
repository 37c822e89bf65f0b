import GatehouseCore
import Testing

@testable import Deployments

@Suite("Golden requests")
struct GoldenTests {
    private func difference(_ expected: JSONValue, _ answer: JSONValue, _ tolerance: Double = 1e-9) -> String? {
        GoldenComparison.difference(expected, answer, tolerance: tolerance)
    }

    @Test("an answer may say more than was expected, and numbers may lie a tolerance apart")
    func accepts() {
        #expect(difference(["predictions": [0.5]], ["predictions": [0.5], "id": "r1"]) == nil)
        #expect(difference(["predictions": [0.5]], ["predictions": [0.501]], 0.01) == nil)
        #expect(difference(3, 3.0) == nil)
        #expect(difference(["a": ["b": "x", "c": true, "d": nil]], ["a": ["b": "x", "c": true, "d": nil, "e": 1]]) == nil)
        #expect(difference(.integer(.max), .integer(.max), 0) == nil)
    }

    @Test("the first difference is named with its place")
    func refuses() {
        #expect(
            difference(["predictions": [0.5, 0.25]], ["predictions": [0.5, 0.75]])?.hasPrefix("predictions[1]: 0.75 where 0.25")
                == true)
        #expect(difference(["predictions": [0.5]], ["predictions": [0.5, 0.5]])?.contains("2 elements where 1") == true)
        #expect(difference(["predictions": [0.5]], ["error": "x"]) == "predictions: absent")
        #expect(difference([1], ["a": 1])?.contains("a list") == true)
        #expect(difference("x", "y")?.hasPrefix("the answer:") == true)
        #expect(difference(0.5, "0.5") != nil)
        #expect(difference(0.5, .number(.nan)) != nil)
        #expect(difference(1, true) != nil)
        #expect(difference(nil, 0) != nil)
    }

    private func read(_ text: String) throws -> [GoldenRequest] { try GoldenRequest.read(Array(text.utf8), file: "g") }

    @Test("a list, an object with requests, one request and lines of them are read")
    func reads() throws {
        let one = #"{"name": "n", "request": {"x": 1}, "expected": [2], "tolerance": 0.5}"#
        let wanted = GoldenRequest(name: "n", request: ["x": 1], expected: [2], tolerance: 0.5)
        for text in [one, "[\(one)]", #"{"requests": [\#(one)]}"#, "\(one)\n"] { #expect(try read(text) == [wanted]) }
        #expect(try read("\(one)\n\n\(one)\n") == [wanted, wanted])
        #expect(try read(#"[{"request": 1, "expected": 2}]"#).first?.name == "request 1")
    }

    @Test(
        "a file that would let everything pass, or that nobody can read, is refused",
        arguments: [
            "", "[]", "{}", "x", #"[{"request": 1}]"#, #"[{"request": 1, "expected": {}}]"#,
            #"[{"request": 1, "expected": null}]"#,
            #"[{"request": 1, "expected": 2, "tolerence": 1}]"#, #"[{"request": 1, "expected": 2, "tolerance": -1}]"#,
            #"[{"request": 1, "expected": 2, "tolerance": "x"}]"#, "[1]", "{\"request\": 1, \"expected\": 2}\nx",
        ])
    func refusesFiles(_ text: String) {
        #expect(throws: GatehouseError.self) { try read(text) }
    }
}
