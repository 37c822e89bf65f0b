import GatehouseCore
import Gates
import Testing

@Suite struct ModelPatternTests {
    @Test(
        "a star stands for any characters, also none",
        arguments: [
            ("credit-risk", "credit-risk", true), ("credit-risk", "credit-risk2", false), ("*", "anything", true),
            ("credit-*", "credit-", true), ("credit-*", "credit", false), ("*-risk", "credit-risk", true),
            ("c*-*k", "credit-risk", true), ("c*-*k", "credit-risks", false), ("*a*a*b", "aaaa", false), ("**", "x", true),
            ("*ab", "aab", true),
        ])
    func matching(_ pattern: String, _ model: String, _ expected: Bool) throws {
        #expect(try ModelPattern(pattern).matches(ModelName(model)) == expected)
    }

    @Test("an exact name beats a pattern, a longer prefix beats a shorter one, more text beats less")
    func precedence() throws {
        let model = try ModelName("credit-risk-eu")
        let ranked = try ["credit-risk-eu", "credit-risk-*", "credit-*-eu", "credit-*", "*-eu", "*", "other"].map { text in
            try ModelPattern(text)
        }
        for index in 0..<ranked.count - 1 {
            #expect(ModelPattern.best(for: model, among: ranked[index...].reversed()) == ranked[index])
        }
        #expect(ModelPattern.best(for: model, among: [ranked[6]]) == nil)
    }

    @Test("many stars against a long name end in no time")
    func manyStars() throws {
        let pattern = try ModelPattern(String(repeating: "*a", count: 100) + "b")
        #expect(try !pattern.matches(ModelName(String(repeating: "a", count: 256))))
    }

    @Test("a text that no model could be called is no pattern")
    func invalid() {
        #expect(throws: GatehouseError.self) { try ModelPattern("credit/risk") }
        #expect(throws: GatehouseError.self) { try ModelPattern("") }
    }
}
