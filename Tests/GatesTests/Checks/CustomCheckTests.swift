import GatehouseCore
import Gates
import Statistics
import Testing

@Suite struct CustomCheckTests {
    private func judge(_ kind: CustomCheck.Kind, _ evidence: CustomEvidence) -> Judgement {
        CustomCheck(kind: kind).judge(.available(evidence))
    }

    private func report(_ text: String) throws -> Judgement {
        judge(.command(["./check.sh"]), .report(try JSONParser.parse(text)))
    }

    // MARK: Reports

    @Test("a report's answer, reason and measurements are taken over")
    func understood() throws {
        let judgement = try report(
            """
            {"passed": false, "reason": "two rules are broken", "measurements": [
              {"metric": "broken_rules", "value": 2, "limit": {"at_most": 0}, "n": 40, "verdict": "fail"}]}
            """)
        let measurement = Measurement("broken_rules", value: 2, limit: .atMost(0), n: 40, verdict: .fail)
        #expect(judgement == Judgement(.fail, "two rules are broken", measurements: [measurement]))
        #expect(try report(#"{"passed": true, "reason": "fine"}"#) == Judgement(.pass, "fine"))
    }

    @Test("a report may be undecided")
    func inconclusive() throws {
        #expect(try report(#"{"passed": false, "verdict": "inconclusive", "reason": "12 rows"}"#).verdict == .inconclusive)
    }

    @Test(
        "a report that is not understood or contradicts itself is an error that says what was expected",
        arguments: [
            ("[]", "Expected the report as a JSON object"), ("{}", "'passed' of the report must be true or false"),
            (#"{"passed": "true", "reason": "x"}"#, "'passed' of the report must be true or false"),
            (#"{"passed": 1, "reason": "x"}"#, "'passed' of the report must be true or false"),
            (#"{"passed": true}"#, "'reason' of the report must be a text"),
            (#"{"passed": true, "reason": "  "}"#, "'reason' of the report must be a text that says why"),
            (#"{"passed": true, "reason": "x", "verdict": "ok"}"#, "'verdict' of the report must be one of pass, fail"),
            (#"{"passed": true, "reason": "x", "verdict": "fail"}"#, "'passed' is true but 'verdict' is 'fail'"),
            (#"{"passed": false, "reason": "x", "verdict": "pass"}"#, "'passed' is false but 'verdict' is 'pass'"),
            (#"{"passed": true, "reason": "x", "measurements": {}}"#, "'measurements' of the report must be a list"),
            (#"{"passed": true, "reason": "x", "measurements": [{}]}"#, "'metric' of a measurement must be a text"),
            (#"{"passed": true, "reason": "x", "measurements": [{"metric": "m", "value": "1"}]}"#, "'value' of a measurement"),
            (#"{"passed": true, "reason": "x", "measurements": [{"metric": "m", "n": -1}]}"#, "'n' of a measurement"),
            (#"{"passed": true, "reason": "x", "measurements": [{"metric": "m", "limit": 3}]}"#, "A limit is"),
            (
                #"{"passed": true, "reason": "x", "measurements": [{"metric": "m", "verdict": "fail"}]}"#,
                "the measurement 'm' failed"
            ),
        ])
    func malformed(_ text: String, _ expected: String) throws {
        let judgement = try report(text)
        #expect(judgement.verdict == .error)
        #expect(judgement.reason.contains(expected))
        #expect(judgement.reason.contains(#"Expected {"passed": true or false, "reason": "…"}."#))
    }

    @Test("members that are not read are named in a warning, so that a misspelt one does not vanish")
    func stray() throws {
        let judgement = try report(#"{"passed": true, "reason": "x", "verdit": "fail"}"#)
        #expect(judgement.warnings == ["the report also holds verdit, which is not read"])
    }

    @Test("more measurements than the limit are refused and an endless reason is cut")
    func limits() throws {
        let entries = Array(repeating: #"{"metric": "m"}"#, count: 1001).joined(separator: ",")
        #expect(try report(#"{"passed": true, "reason": "x", "measurements": [\#(entries)]}"#).verdict == .error)
        let long = String(repeating: "x", count: 5000)
        #expect(try report(#"{"passed": true, "reason": "\#(long)"}"#).reason.count == 2000)
    }

    // MARK: Cards

    @Test("a card fails with the list of fields it says nothing about")
    func card() {
        let check = CustomCheck.Kind.card(document: "model", requiredFields: ["intended_use", "limitations", "owner"])
        let judgement = judge(check, .card("# Credit risk\n## Intended use\nLoans.\n## Limitations\nTODO\n"))
        #expect(judgement.verdict == .fail)
        #expect(judgement.reason == "The model card says nothing about: limitations, owner.")
        #expect(judgement.measurements.map(\.subject) == ["intended_use", "limitations", "owner"])
        #expect(judgement.measurements.map(\.verdict) == [.pass, .fail, .fail])
    }

    @Test("a complete card passes")
    func completeCard() {
        let check = CustomCheck.Kind.card(document: "dataset", requiredFields: CardKind.dataset.standardFields)
        let text = """
            ---
            license: cc-by-4.0
            source_datasets:
            - bank records
            ---
            ## Source
            Bank records.
            ## Data collection
            By branch.
            ## Data fields
            age, income
            ## Known limitations
            - Few small businesses.
            """
        #expect(judge(check, .card(text)).verdict == .pass)
    }

    // MARK: Attestation and robustness

    @Test("a recorded approval passes and leaves the name to the log, where it can be forgotten")
    func attestation() {
        let judgement = judge(
            .attestation, .attestation(by: .user("compliance"), at: Timestamp(milliseconds: 0), note: "BaFin file 12"))
        #expect(
            judgement
                == Judgement(
                    .pass, "Attested at 1970-01-01T00:00:00.000Z; by whom and in which words is in the audit log."))
    }

    // Shifts 0.01, 0.03, 0.01, 0.03, …: mean 0.02, sample variance 0.0001·n/(n−1); with n = 100 the standard error is
    // 0.01·√(100/99)/10 = 0.00100504 and the normal 95 % margin 1.959964 times that, 0.00196984 (by hand).
    @Test("robustness measures the mean absolute shift with its interval")
    func robustness() throws {
        let original = ScoreMatrix(values: Array(repeating: 0.5, count: 100))
        let perturbed = ScoreMatrix(values: (0..<100).map { [0.51, 0.47][$0 % 2] })
        let evidence = CustomEvidence.perturbed(original: original, perturbed: perturbed, relativeNoise: 0.01)
        let judgement = judge(.robustness(relativeNoise: 0.01, maxMeanShift: 0.025), evidence)
        #expect(judgement.verdict == .pass && judgement.warnings.isEmpty)
        let measurement = try #require(judgement.measurements.first)
        #expect(abs(try #require(measurement.value) - 0.02) < 1e-12)
        #expect(abs(try #require(measurement.lower) - (0.02 - 0.00196984)) < 1e-8)
        #expect(abs(try #require(measurement.upper) - (0.02 + 0.00196984)) < 1e-8)
        #expect(measurement.n == 100)
        #expect(judge(.robustness(relativeNoise: 0.01, maxMeanShift: 0.015), evidence).verdict == .fail)
        #expect(judge(.robustness(relativeNoise: 0.01, maxMeanShift: 0.021), evidence).warnings.count == 1)
    }

    @Test("a row with several outputs counts once, with the mean of their shifts")
    func multiclass() throws {
        let original = ScoreMatrix(outputs: 2, values: [0.5, 0.5])
        let perturbed = ScoreMatrix(outputs: 2, values: [0.75, 0.25])
        let judgement = judge(
            .robustness(relativeNoise: 0.01, maxMeanShift: 0.25),
            .perturbed(original: original, perturbed: perturbed, relativeNoise: 0.01))
        let measurement = try #require(judgement.measurements.first)
        #expect(measurement.value == 0.25 && measurement.n == 1 && measurement.lower == nil)
        #expect(judgement.verdict == .pass)
    }

    @Test("scores of another shape, not-finite scores and another noise are errors; no rows are inconclusive")
    func robustnessInputs() {
        let check = CustomCheck.Kind.robustness(relativeNoise: 0.01, maxMeanShift: 0.1)
        func verdict(_ original: ScoreMatrix, _ perturbed: ScoreMatrix, noise: Double = 0.01) -> Verdict {
            judge(check, .perturbed(original: original, perturbed: perturbed, relativeNoise: noise)).verdict
        }
        let one = ScoreMatrix(values: [0.5])
        #expect(verdict(one, ScoreMatrix(values: [0.5, 0.5])) == .error)
        #expect(verdict(ScoreMatrix(outputs: 2, values: [1, 2]), ScoreMatrix(values: [1, 2])) == .error)
        #expect(verdict(one, ScoreMatrix(values: [.nan])) == .error)
        #expect(verdict(one, one, noise: 0.02) == .error)
        #expect(verdict(ScoreMatrix(values: []), ScoreMatrix(values: [])) == .inconclusive)
    }

    @Test("evidence of another kind, or none, is never a pass")
    func otherEvidence() {
        #expect(judge(.attestation, .card("## Owner\nme")).verdict == .error)
        #expect(
            judge(.card(document: "model", requiredFields: ["owner"]), .report(["passed": true, "reason": "x"])).verdict == .error
        )
        let missing = Available<CustomEvidence>.missing(.inconclusive, reason: "nothing was posted yet")
        #expect(CustomCheck(kind: .evidence).judge(missing) == Judgement(.inconclusive, "nothing was posted yet"))
    }

    @Test("a configured check finds its own evidence by name and its gate in the catalogue")
    func configured() {
        let custom = CheckConfiguration(name: "rules", kind: .custom(CustomCheck(kind: .evidence)))
        #expect(custom.gate == "custom" && custom.needs == .custom)
        #expect(custom.judge(Evidence()).verdict == .error)
        let evidence = Evidence(custom: ["rules": .available(.report(["passed": true, "reason": "fine"]))])
        #expect(custom.judge(evidence) == Judgement(.pass, "fine"))
        let schema = CheckConfiguration(name: "schema", kind: .builtIn(gate: "schema", GateSettings([:])))
        #expect(schema.gate == "schema" && schema.needs == .schema)
        #expect(schema.judge(Evidence(schema: .missing(.fail, reason: "no signature"))).verdict == .fail)
        let gone = CheckConfiguration(name: "gone", kind: .builtIn(gate: "gone", GateSettings([:])))
        #expect(gone.needs == nil && gone.judge(Evidence()).verdict == .error)
    }
}
