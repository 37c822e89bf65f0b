import GatehouseCore
import Gates
import Testing

@Suite struct SchemaTests {
    private func judge(_ inputs: [FieldSchema], _ pipeline: [FieldSchema]) -> Judgement {
        let evidence = SchemaEvidence(
            signature: ModelSignature(inputs: inputs), pipeline: pipeline, pipelineName: "credit-features@7")
        return Schema(GateSettings([:])).judge(Evidence(schema: .available(evidence)))
    }

    @Test("a pipeline that delivers every input passes")
    func pass() {
        let fields = [FieldSchema(name: "income", type: .double), FieldSchema(name: "age", type: .long)]
        let judgement = judge(fields, fields)
        #expect(judgement.verdict == .pass)
        #expect(judgement.reason == "credit-features@7 delivers all 2 inputs of the model with types it can read.")
        #expect(
            judgement.measurements == [
                Measurement("inputs_satisfied", value: 2, limit: .atLeast(2), n: 2, verdict: .pass)
            ])
        #expect(judgement.warnings.isEmpty)
    }

    @Test("a missing feature fails by name, with the column that was probably meant")
    func missing() {
        let judgement = judge(
            [FieldSchema(name: "debt_to_income", type: .double), FieldSchema(name: "age", type: .long)],
            [FieldSchema(name: "debt_to_incom", type: .double), FieldSchema(name: "age", type: .long)])
        #expect(judgement.verdict == .fail)
        #expect(
            judgement.reason == "credit-features@7 does not satisfy 1 of 2 inputs: "
                + "'debt_to_income' is missing (the pipeline has 'debt_to_incom').")
        #expect(judgement.measurements.map(\.metric) == ["inputs_satisfied", "missing_feature", "extra_column"])
        #expect(judgement.measurements[1].subject == "debt_to_income" && judgement.measurements[1].verdict == .fail)
        #expect(judgement.warnings == ["credit-features@7 also delivers 'debt_to_incom', which the model does not read"])
    }

    @Test("a type the model cannot read without loss fails; a widened one passes and is listed")
    func types() {
        let judgement = judge(
            [FieldSchema(name: "income", type: .float), FieldSchema(name: "age", type: .double)],
            [FieldSchema(name: "income", type: .long), FieldSchema(name: "age", type: .long)])
        #expect(judgement.verdict == .fail)
        #expect(judgement.reason.contains("'income' is long in the pipeline but float in the model"))
        #expect(judgement.measurements.map(\.metric) == ["inputs_satisfied", "type_mismatch", "type_widened"])
        #expect(judgement.measurements.map(\.verdict) == [.fail, .fail, .pass])
    }

    @Test("an input the model requires must not be optional in the pipeline; the other way round is fine")
    func optional() {
        let required = FieldSchema(name: "age", type: .long)
        let optional = FieldSchema(name: "age", type: .long, isRequired: false)
        let judgement = judge([required], [optional])
        #expect(judgement.verdict == .fail)
        #expect(judgement.reason.contains("'age' is required by the model but optional in the pipeline"))
        #expect(judge([optional], [required]).verdict == .pass)
    }

    @Test("an optional input that is not delivered passes with a warning")
    func missingOptional() {
        let judgement = judge(
            [FieldSchema(name: "age", type: .long), FieldSchema(name: "region", type: .string, isRequired: false)],
            [FieldSchema(name: "age", type: .long)])
        #expect(judgement.verdict == .pass)
        #expect(judgement.warnings == ["the optional input 'region' is not delivered"])
    }

    @Test("without a signature the verdict and the reason are those of the missing evidence")
    func noSignature() {
        let evidence = Evidence(schema: .missing(.fail, reason: "the version has no signature"))
        #expect(Schema(GateSettings([:])).judge(evidence) == Judgement(.fail, "the version has no signature"))
        #expect(judge([], [FieldSchema(name: "age", type: .long)]).verdict == .fail)
    }

    @Test("a thousand findings are all measured but only ten stand in the sentence")
    func many() {
        let judgement = judge((0..<1000).map { FieldSchema(name: "feature_\($0)", type: .double) }, [])
        #expect(judgement.measurements.count == 1001)
        #expect(judgement.reason.contains(" and 990 more") && judgement.reason.count < 1000)
    }

    @Test("the catalogue knows the gate")
    func catalogue() {
        #expect(GateCatalog.gate(named: "schema")?.descriptor.needs == .schema)
    }
}
