import GatehouseCore
import Gates
import Testing

@Suite("Signature against live requests")
struct LiveSchemaTests {
    private static let inputs = [
        FieldSchema(name: "income", type: .double), FieldSchema(name: "age", type: .long),
        FieldSchema(name: "region", type: .string), FieldSchema(name: "note", type: .string, isRequired: false),
    ]
    private static let good = [
        ObservedInput(name: "income", integer: 400, number: 600), ObservedInput(name: "age", integer: 1_000),
        ObservedInput(name: "region", text: 990, null: 10),
    ]

    private func judge(
        _ fields: [ObservedInput], unnamed: Int = 0, pipeline: [FieldSchema] = inputs
    ) -> Judgement {
        var evidence = SchemaEvidence(
            signature: ModelSignature(inputs: Self.inputs), pipeline: pipeline, pipelineName: "credit-features@7")
        evidence.live = .available(
            ObservedInputs(source: "live traffic of v7", requests: 1_000, fields: fields, unnamed: unnamed))
        return Schema(GateSettings([:])).judge(Evidence(schema: .available(evidence)))
    }

    private func without(_ name: String, and more: ObservedInput...) -> [ObservedInput] {
        Self.good.filter { $0.name != name } + more
    }

    @Test("requests that carry every required input in readable types pass, with both sentences")
    func pass() {
        let judgement = judge(Self.good)
        #expect(judgement.verdict == .pass)
        #expect(judgement.reason.contains("credit-features@7 delivers all 4 inputs"))
        #expect(judgement.reason.contains("live traffic of v7 carries all 4 inputs"))
        #expect(judgement.warnings == ["no request carries the optional input 'note'"])
    }

    @Test("an input that nobody sends fails by name, with the one that was probably meant")
    func missing() {
        let judgement = judge(without("income", and: ObservedInput(name: "incom", number: 1_000)))
        #expect(judgement.verdict == .fail)
        #expect(
            judgement.reason
                == "live traffic of v7 does not satisfy 1 of 4 inputs: no request carries 'income' (requests have 'incom').")
        #expect(judgement.measurements.contains { $0.metric == "live_missing_feature" && $0.subject == "income" })
    }

    @Test("another type fails above one value in a thousand, and warns below")
    func types() throws {
        let wrong = judge(without("age", and: ObservedInput(name: "age", integer: 900, number: 60, text: 40)))
        #expect(wrong.verdict == .fail)
        #expect(wrong.reason.contains("'age' is long in the model, and 10.0 % of 1,000 values were numbers or texts"))
        let found = try #require(wrong.measurements.first { $0.metric == "live_type_mismatch" })
        #expect(found.value == 0.1 && found.n == 1_000)
        let slip = judge(
            without("age", and: ObservedInput(name: "age", integer: 9_999, text: 1)).map { field in
                field.name == "age" ? field : ObservedInput(name: field.name, integer: 10_000)
            }.map { $0.name == "region" ? ObservedInput(name: "region", text: 10_000) : $0 })
        #expect(slip.verdict == .pass)
        #expect(slip.warnings.contains("1 values of 'age' were texts"))
    }

    @Test("an input that is missing in a part of the rows fails with that part; a null is no type")
    func partly() {
        let judgement = judge(without("region", and: ObservedInput(name: "region", text: 700, null: 100)))
        #expect(judgement.verdict == .fail)
        #expect(judgement.reason.contains("'region' is missing in 20.0 % of the rows"))
        #expect(judge(without("region", and: ObservedInput(name: "region", null: 1_000))).verdict == .pass)
    }

    @Test("among more names than are kept, an absent one shows nothing")
    func unnamed() {
        #expect(judge(without("income"), unnamed: 5).verdict == .inconclusive)
        #expect(judge(Self.good, unnamed: 5).verdict == .pass)
    }

    @Test("no traffic is inconclusive, and a pipeline that does not fit stays a failure")
    func absent() {
        var evidence = SchemaEvidence(
            signature: ModelSignature(inputs: Self.inputs), pipeline: Self.inputs, pipelineName: "p@1")
        evidence.live = .missing(.inconclusive, reason: "no gateway has looked into a request")
        let gate = Schema(GateSettings([:]))
        let judgement = gate.judge(Evidence(schema: .available(evidence)))
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.reason == "no gateway has looked into a request")
        #expect(judge(Self.good, pipeline: []).verdict == .fail)
        #expect(judge([], pipeline: []).verdict == .fail)
    }
}
