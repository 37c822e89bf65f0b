import GatehouseCore
import Gates
import Testing

@Suite struct CheckResultJSONTests {
    private func example() throws -> CheckResult {
        CheckResult(
            name: "fairness", gate: "fairness", enforcement: .block, inconclusiveBlocks: false,
            judgement: Judgement(
                .fail, "small businesses are declined three times as often",
                measurements: [
                    Measurement(
                        "impact_ratio", subject: "business_size=small", value: 1.0 / 3.0, lower: 0.1, upper: 0.6,
                        limit: .atLeast(0.8),
                        n: 41, verdict: .fail, reason: "below the limit"),
                    Measurement(
                        "auc_gap", subject: "business_size=micro", value: nil, limit: .atMost(0.05), verdict: .inconclusive,
                        reason: "one class"),
                    Measurement("rows", value: 520),
                ], warnings: ["one group is small"]),
            durationMilliseconds: 1234,
            inputs: ["artifact": try Digest(parsing: String(repeating: "a", count: 64))])
    }

    @Test("a check result comes back from its text unchanged, to the last digit")
    func roundTrip() throws {
        let result = try example()
        #expect(try CheckResult(json: JSONParser.parse(result.json.canonicalText)) == result)
        #expect(try Judgement(json: JSONParser.parse(result.judgement.json.canonicalText)) == result.judgement)
    }

    @Test("the form is the documented one")
    func form() throws {
        #expect(
            try example().json.canonicalText == """
                {"duration_ms":1234,"enforcement":"block","gate":"fairness","inconclusive_blocks":false,\
                "inputs":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},"measurements":[\
                {"limit":{"at_least":0.8},"lower":0.1,"metric":"impact_ratio","n":41,"reason":"below the limit",\
                "subject":"business_size=small","upper":0.6,"value":0.3333333333333333,"verdict":"fail"},\
                {"limit":{"at_most":0.05},"lower":null,"metric":"auc_gap","n":null,"reason":"one class",\
                "subject":"business_size=micro","upper":null,"value":null,"verdict":"inconclusive"},\
                {"limit":null,"lower":null,"metric":"rows","n":null,"reason":null,"subject":null,"upper":null,"value":520,\
                "verdict":null}],"name":"fairness","passed":false,"reason":"small businesses are declined three times as often",\
                "verdict":"fail","warnings":["one group is small"]}
                """)
    }

    @Test("a value JSON cannot carry is null")
    func notFinite() {
        #expect(Measurement("auc", value: .nan).json["value"] == .null)
        #expect(Measurement("auc", value: .infinity).json["value"] == .null)
    }

    @Test(
        "a member of the wrong type is refused by name",
        arguments: [
            ("verdict", "maybe"), ("verdict", .null), ("name", 3), ("enforcement", "block it"), ("inconclusive_blocks", "yes"),
            ("reason", .null), ("measurements", "none"), ("warnings", .array([1])), ("duration_ms", 1.5),
        ] as [(String, JSONValue)])
    func wrongTypes(_ name: String, _ value: JSONValue) throws {
        var members = try #require(try example().json.objectValue)
        members[name] = value
        let error = #expect(throws: GatehouseError.self) { try CheckResult(json: .object(members)) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("'\(name)'") == true)
    }

    @Test("an input that is no digest, and a document that is no object, are refused")
    func other() throws {
        var members = try #require(try example().json.objectValue)
        members["inputs"] = ["artifact": "md5:1"]
        #expect(throws: GatehouseError.self) { try CheckResult(json: .object(members)) }
        #expect(throws: GatehouseError.self) { try CheckResult(json: []) }
    }
}
