import GatehouseCore
import Gates
import Testing

@Suite struct PolicyParserTests {
    static let gates = [ProbeGate.descriptor]

    private static let everySection = """
        model: credit-risk
        enforcement: warn
        stakes: high                        # a remark
        registration: {require: [feature_pipeline, training_data, model_card]}
        evaluation:
          dataset: credit-holdout@3
          label: defaulted
          groups: [age_band, business_size]
          intersections: true
          max_age: 7d
          decision_threshold: 0.4
          weight: applications
          runner: {endpoint: http://models.internal:8080, protocol: v2}
          inconclusive: warn
        gates:
          probe: {min_score: 0.9, samples: 20, mode: interval, window: 2h, rate: 50/s, source: credit-features, strict: true}
          custom:
            - {name: adversarial_robustness, command: [./checks/robustness.sh], timeout: 10m}
            - {name: business_rules, url: https://rules.internal/check, enforcement: warn, inconclusive: block}
            - {name: dataset_card, kind: card}
            - {name: papers, kind: card, document: model, required_fields: [owner]}
            - {name: spark_job, kind: evidence}
            - {name: sign_off, kind: attestation}
            - {name: stability, kind: robustness, noise: 0.05, max_mean_shift: 0.03}
        shadow:   {fraction: 0.02, min_duration: 24h, min_requests: 500, min_coverage: 0.9, max_disagreement: 0.03}
        review:   {reviewers: [risk-team], required: 3, rotation: least_recent, expires: 24h,
                   flag_if_faster_than: {after_opening: 20s, after_request: 40s}, questionnaire: default@1}
        rollout:  {steps: [10, 100], step_min_duration: 2h, step_min_requests: 100, step_max_duration: 12h, bake: 6h,
                   rollback_on: {error_rate: 0.01, p95_ms: 80, prediction_psi: 0.25, outcome_drop: 0.02},
                   outcome: {label: default_90d, better: lower}}
        slots:    {segments: [eu, us, eu/de], no_default: true}
        protected_alias: none
        review_by: 2027-03-01
        review_after_improvement: 0.05
        """

    @Test("every section of the language is read")
    func everything() throws {
        let policy = try PolicyParser.parse(Self.everySection, gates: Self.gates)
        #expect(policy.model == "credit-risk")
        #expect(policy.enforcement == .warn)
        #expect(policy.stakes == .high)
        #expect(policy.requiredFacts == [.featurePipeline, .trainingData, .modelCard])
        var evaluation = EvaluationRules()
        evaluation.dataset = try NamedVersion(parsing: "credit-holdout@3")
        evaluation.label = "defaulted"
        evaluation.groups = ["age_band", "business_size"]
        evaluation.intersections = true
        evaluation.decisionThreshold = 0.4
        evaluation.weight = "applications"
        evaluation.runner = .endpoint(url: "http://models.internal:8080", protocol: .openInference)
        evaluation.inconclusiveBlocks = false
        #expect(policy.evaluation == evaluation)
        var shadow = ShadowRules()
        (shadow.fraction, shadow.minDuration, shadow.minRequests) = (0.02, .seconds(86_400), 500)
        (shadow.minCoverage, shadow.maxDisagreement) = (0.9, 0.03)
        #expect(policy.shadow == shadow)
        var review = ReviewRules()
        (review.reviewers, review.required, review.expires) = (["risk-team"], 3, .seconds(86_400))
        (review.flagAfterOpening, review.flagAfterRequest, review.questionnaire) = (.seconds(20), .seconds(40), "default@1")
        #expect(policy.review == review)
        var rollout = RolloutRules()
        (rollout.steps, rollout.stepMinDuration, rollout.stepMinRequests) = ([10, 100], .seconds(7200), 100)
        (rollout.stepMaxDuration, rollout.bake) = (.seconds(12 * 3600), .seconds(6 * 3600))
        rollout.rollbackOn = ["error_rate": 0.01, "p95_ms": 80, "prediction_psi": 0.25, "outcome_drop": 0.02]
        (rollout.outcomeLabel, rollout.outcomeBetter) = ("default_90d", .lower)
        #expect(policy.rollout == rollout)
        #expect(policy.segments == ["eu", "us", "eu/de"] && policy.noDefaultSegment)
        #expect(policy.protectedAlias == nil)
        #expect(policy.reviewBy?.description == "2027-03-01T00:00:00.000Z")
        #expect(policy.reviewAfterImprovement == 0.05)
    }

    @Test("a gate's settings have the kinds its descriptor declares, with defaults filled in")
    func settings() throws {
        let policy = try PolicyParser.parse(
            """
            model: m
            gates:
              probe: {min_score: 1, samples: 20, window: 2h, rate: 90/m, strict: true}
            """, gates: Self.gates)
        let check = try #require(policy.checks.first)
        let settings = try #require(check.settings)
        #expect(settings.number("min_score") == 1)
        #expect(settings.number("max_gap") == nil)
        #expect(settings.integer("samples") == 20)
        #expect(settings.text("mode") == "point")
        #expect(settings.integer("window") == 7_200_000)
        #expect(settings.number("rate") == 1.5)
        #expect(settings.text("source") == "live")
        #expect(settings.flag("strict"))
        #expect(check.enforcement == .block && check.inconclusiveBlocks)
    }

    @Test("custom checks keep their order, kinds and defaults")
    func custom() throws {
        let policy = try PolicyParser.parse(
            """
            model: m
            evaluation: {inconclusive: warn}
            gates:
              custom:
                - {name: a, command: [./a.sh, --strict], timeout: 10m}
                - {name: b, url: "https://rules.internal/check", enforcement: warn, inconclusive: block}
                - {name: dataset_card, kind: card}
                - {name: stability, kind: robustness}
            """, gates: Self.gates)
        let custom = policy.checks.map { check -> CustomCheck? in
            guard case .custom(let custom) = check.kind else { return nil }
            return custom
        }
        #expect(
            custom == [
                CustomCheck(kind: .command(["./a.sh", "--strict"]), timeout: .seconds(600)),
                CustomCheck(kind: .url("https://rules.internal/check")),
                CustomCheck(kind: .card(document: "dataset", requiredFields: CardKind.dataset.standardFields)),
                CustomCheck(kind: .robustness(relativeNoise: 0.01, maxMeanShift: 0.02)),
            ])
        #expect(policy.checks.map(\.name) == ["a", "b", "dataset_card", "stability"])
        #expect(policy.checks.map(\.enforcement) == [.block, .warn, .block, .block])
        #expect(policy.checks.map(\.inconclusiveBlocks) == [false, true, false, false])
    }

    @Test("a policy that only names a model has the documented defaults")
    func minimal() throws {
        let policy = try PolicyParser.parse("model: 'credit-*'")
        #expect(policy.model == "credit-*" && policy.checks.isEmpty && policy.shadow == nil && policy.rollout == nil)
        #expect(policy.enforcement == .enforce && policy.protectedAlias == "champion")
        #expect(policy.evaluation == EvaluationRules() && policy.review == ReviewRules())
    }

    @Test("what an inconclusive gate does is the evaluation's word unless the gate has its own")
    func inconclusive() throws {
        func blocks(_ gate: String) throws -> [Bool] {
            let yaml = "model: m\nevaluation: {inconclusive: warn}\ngates: {probe: \(gate)}"
            return try PolicyParser.parse(yaml, gates: Self.gates).checks.map(\.inconclusiveBlocks)
        }
        #expect(try blocks("{}") == [false])
        #expect(try blocks("{samples: 5}") == [false])
        #expect(try blocks("{inconclusive: block}") == [true])
    }

    @Test(
        "a gate named without settings, or with an empty map, has its defaults", arguments: ["probe:", "probe: {}", "probe: ~"])
    func bareGate(_ line: String) throws {
        let policy = try PolicyParser.parse("model: m\ngates:\n  \(line)\n", gates: Self.gates)
        #expect(policy.checks.map(\.name) == ["probe"])
        let settings = try #require(policy.checks.first?.settings)
        #expect(settings == GateSettings(defaultsOf: ProbeGate.descriptor))
    }

    @Test(
        "the runner is native, an endpoint or a column of predictions",
        arguments: [
            ("native", RunnerChoice.native), ("{predictions: score}", .predictions(column: "score")),
            ("{endpoint: https://m.internal/}", .endpoint(url: "https://m.internal/", protocol: .invocations)),
        ])
    func runner(_ text: String, _ expected: RunnerChoice) throws {
        #expect(try PolicyParser.parse("model: m\nevaluation: {runner: \(text)}").evaluation.runner == expected)
    }

    @Test("the shipped default enforces its gates and asks one reviewer")
    func shippedDefault() throws {
        let policy = Policy.shippedDefault(for: "credit-risk")
        #expect(policy.enforcement == .enforce && policy.reviewersRequired == 1)
        #expect(policy.checks.allSatisfy { $0.enforcement == .block && $0.inconclusiveBlocks })
    }

    @Test("high stakes ask two reviewers unless the policy says otherwise")
    func reviewersRequired() throws {
        #expect(try PolicyParser.parse("{model: m, stakes: high}").reviewersRequired == 2)
        #expect(try PolicyParser.parse("{model: m, stakes: high, review: {required: 1}}").reviewersRequired == 1)
        #expect(try PolicyParser.parse("model: m").reviewersRequired == 1)
    }

    @Test("two spellings of the same rules have one canonical form; a default written out changes nothing")
    func canonical() throws {
        let short = try PolicyParser.parse("model: m\ngates: {probe: {max_gap: 0.10}}", gates: Self.gates)
        let long = try PolicyParser.parse(
            """
            gates:
              probe:
                max_gap: 1e-1   # ten per cent
                min_score: 0.82
                enforcement: block
            enforcement: enforce
            evaluation: {max_age: 168h}
            model: "m"
            """, gates: Self.gates)
        #expect(short.canonicalBytes == long.canonicalBytes)
        let other = try PolicyParser.parse("model: m\ngates: {probe: {max_gap: 0.11}}", gates: Self.gates)
        #expect(short.canonicalBytes != other.canonicalBytes)
    }

    @Test("the canonical form of a minimal policy is frozen: digests of stored policies depend on it")
    func frozen() throws {
        let policy = try PolicyParser.parse(
            "model: m\ngates: {probe: {}, custom: [{name: a, command: [./a]}]}", gates: Self.gates)
        #expect(
            policy.json.canonicalText == """
                {"enforcement":"enforce","evaluation":{"dataset":null,"decision_threshold":0.5,"groups":[],\
                "inconclusive":"block","intersections":false,"label":null,"max_age":"7d","runner":null},\
                "gates":{"custom":[{"command":["./a"],"enforcement":"block","inconclusive":"block","name":"a","timeout":"10m"}],\
                "probe":{"enforcement":"block","inconclusive":"block","min_score":0.82,"mode":"point","probe_budget_ms":50,\
                "samples":500,"source":"live","strict":false,"window":3600000}},\
                "model":"m","protected_alias":"champion","registration":{"require":[]},\
                "review":{"expires":"3d","flag_if_faster_than":{"after_opening":"30s","after_request":"1m"},\
                "questionnaire":"default","required":1,"reviewers":[],"rotation":"least_recent"},\
                "review_after_improvement":null,"review_by":null,"rollout":null,"shadow":null,\
                "slots":{"no_default":false,"segments":[]},"stakes":"normal"}
                """)
    }
}

extension CheckConfiguration {
    fileprivate var settings: GateSettings? {
        guard case .builtIn(gate: "probe", let settings) = kind else { return nil }
        return settings
    }
}
