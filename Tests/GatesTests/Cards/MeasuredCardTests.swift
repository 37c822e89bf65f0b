import GatehouseCore
import Gates
import Testing

@Suite struct MeasuredCardTests {
    private static func facts() throws -> MeasuredFacts {
        let digest = try Digest(parsing: String(repeating: "ab", count: 32))
        var facts = MeasuredFacts()
        facts.model = "credit-risk"
        facts.version = 3
        facts.stage = "Staging"
        facts.artifact = digest
        facts.created = Timestamp(milliseconds: 1_767_225_600_000)
        facts.evaluation = .init(
            id: "ev_1", finished: Timestamp(milliseconds: 1_767_312_000_000), policy: "credit-risk@2", policyDigest: digest,
            dataset: "credit-holdout@3", datasetDigest: digest, champion: 2,
            results: [
                CheckResult(
                    name: "accuracy", gate: "accuracy", enforcement: .block, inconclusiveBlocks: true,
                    judgement: Judgement(
                        .pass, "ok",
                        measurements: [
                            Measurement(
                                "auc_roc", value: 0.8432109876543211, lower: 0.83, upper: 0.86, limit: .atLeast(0.82), n: 2000,
                                verdict: .pass),
                            Measurement(
                                "auc_roc", subject: "age|band=18 <!--", value: nil, limit: .atLeast(0.8), reason: "one class"),
                        ]), durationMilliseconds: 5, inputs: ["dataset": digest])
            ])
        return facts
    }

    private static let given = "---\nlicense: mit\nlimitations: [Few rows.]\n---\nAbout it.\n\n## Limitations\n- Old data.\n"

    @Test("a published card keeps licence and limitations and adds what was measured")
    func published() throws {
        let given = try ModelCard(reading: Self.given)
        let again = try ModelCard(reading: given.published(with: Self.facts()).markdown)
        #expect(again.license == "mit")
        #expect(again.knownLimitations == ["Few rows.", "Old data."])
        #expect(again.modelName == "credit-risk")
        let result = try #require(again.results.first)
        #expect(result.datasetType == "credit-holdout")
        #expect(result.datasetName == "credit-holdout@3")
        #expect(result.sourceName == "Gatehouse evaluation ev_1")
        // Every digit is kept, and what has no value is not claimed.
        #expect(result.metrics == [.init(type: "auc_roc", name: "auc_roc", value: .number(0.8432109876543211))])
        #expect(
            again.body.contains(
                "| accuracy | auc_roc | all rows | 0.8432109876543211 | 0.83 to 0.86 | at least 0.82 | 2000 | pass |"))
        #expect(again.body.contains("age\\|band=18 <! --"))
        #expect(again.body.contains("About it."))
        #expect(again.findings.isEmpty)
    }

    @Test("without an evaluation a card claims no result")
    func unmeasured() throws {
        var facts = try Self.facts()
        facts.evaluation = nil
        let card = ModelCard().published(with: facts)
        #expect(card.results.isEmpty)
        #expect(card.markdown.contains("nothing is claimed here"))
        let json = card.toolkitJSON(with: facts)
        #expect(json["quantitative_analysis"]?["performance_metrics"] == .array([]))
    }

    @Test("the toolkit's JSON has the schema's members and nothing without a value")
    func toolkit() throws {
        let json = try ModelCard(reading: Self.given).toolkitJSON(with: Self.facts())
        #expect(json["model_details"]?["name"] == "credit-risk")
        #expect(json["model_details"]?["version"] == ["name": "3", "date": "2026-01-01"])
        #expect(json["model_details"]?["licenses"] == [["identifier": "mit"]])
        #expect(json["considerations"]?["limitations"] == [["description": "Few rows."], ["description": "Old data."]])
        let metrics = try #require(json["quantitative_analysis"]?["performance_metrics"]?.arrayValue)
        #expect(
            metrics == [
                [
                    "type": "auc_roc", "value": 0.8432109876543211,
                    "confidence_interval": ["lower_bound": 0.83, "upper_bound": 0.86],
                ]
            ])
        // The schema of the whole document allows these five and no others.
        #expect(
            Set(json.objectValue?.keys.map { $0 } ?? []) == [
                "schema_version", "model_details", "model_parameters", "quantitative_analysis", "considerations",
            ])
    }
}
