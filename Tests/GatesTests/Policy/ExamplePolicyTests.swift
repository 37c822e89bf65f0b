import GatehouseCore
import Gates
import Testing

/// The policy of the documentation, with the gates that are shipped.
@Suite struct ExamplePolicyTests {
    private static let example = """
        model: credit-risk
        enforcement: enforce
        stakes: high                        # two reviewers unless review.required says otherwise
        registration: {require: [feature_pipeline, training_data, model_card]}
        evaluation:
          dataset: credit-holdout           # newest version unless pinned: credit-holdout@3
          label: defaulted
          groups: [age_band, business_size] # and intersections: true
          max_age: 7d
        gates:
          accuracy:   {metric: auc_roc, min_absolute_auc: 0.82, min_relative_improvement: 0.005}
          latency:    {latency_budget_p95_ms: 50, requests: 500, warm_up: 10, rate: 50/s}
          fairness:   {max_demographic_disparity: 0.05, min_impact_ratio: 0.8, min_group_size: 30}
          data_drift: {max_psi_threshold: 0.20, current: live}     # live | dataset NAME | file
          schema:     {pipeline: credit-features}
          custom:
            - {name: adversarial_robustness, command: [./checks/robustness.sh], timeout: 10m}
            - {name: business_rules, url: https://rules.internal/check, enforcement: warn}
            - {name: dataset_card, kind: card}
        shadow:   {fraction: 0.01, min_duration: 48h, min_requests: 1000, min_coverage: 0.95, max_disagreement: 0.02}
        review:   {reviewers: [risk-team], required: 2, rotation: least_recent, expires: 72h,
                   flag_if_faster_than: {after_opening: 30s, after_request: 60s}, questionnaire: default}
        rollout:  {steps: [5, 25, 100], step_min_duration: 1h, step_min_requests: 2000, step_max_duration: 24h, bake: 24h,
                   rollback_on: {error_rate: 0.01, p95_ms: 80, prediction_psi: 0.25, outcome_drop: 0.02}}
        slots:    {segments: [eu, us], no_default: false}
        review_by: 2027-03-01
        """

    @Test("the documented example is understood, gate by gate")
    func understood() throws {
        let policy = try PolicyParser.parse(Self.example)
        #expect(
            policy.checks.map(\.name) == [
                "accuracy", "latency", "fairness", "data_drift", "schema", "adversarial_robustness", "business_rules",
                "dataset_card",
            ])
        #expect(policy.checks.map(\.gate).suffix(3) == ["custom", "custom", "custom"])
        #expect(policy.checks.filter { $0.enforcement == .warn }.map(\.name) == ["business_rules"])
        var shadow = ShadowRules()
        shadow.fraction = 0.01
        #expect(policy.shadow == shadow)
        var rollout = RolloutRules()
        rollout.rollbackOn = ["error_rate": 0.01, "p95_ms": 80, "prediction_psi": 0.25, "outcome_drop": 0.02]
        #expect(policy.rollout == rollout)
        #expect(policy.reviewersRequired == 2 && policy.segments == ["eu", "us"])
    }

    @Test("its thresholds are the gates' defaults, so leaving them out changes nothing")
    func defaults() throws {
        let bare = """
            model: credit-risk
            gates: {accuracy: {}, latency: {}, fairness: {}, data_drift: {}}
            """
        let written = """
            model: credit-risk
            gates:
              accuracy: {metric: auc_roc, min_absolute_auc: 0.82, min_relative_improvement: 0.005}
              latency: {latency_budget_p95_ms: 50, requests: 500, warm_up: 10, rate: 50/s}
              fairness: {max_demographic_disparity: 0.05, min_impact_ratio: 0.8, min_group_size: 30}
              data_drift: {max_psi_threshold: 0.20, current: live}
            """
        #expect(try PolicyParser.parse(bare).canonicalBytes == PolicyParser.parse(written).canonicalBytes)
    }

    @Test("a misremembered key is answered with the real one")
    func misremembered() {
        let yaml = Self.example.replacing("max_demographic_disparity", with: "max_disparity")
        let error = #expect(throws: PolicyDiagnostics.self) { try PolicyParser.parse(yaml, file: "risk.yaml") }
        #expect(
            error?.lines == [
                "risk.yaml:13:16: gates.fairness: unknown key 'max_disparity'. Did you mean 'max_demographic_disparity'?"
            ])
    }

    @Test("the shipped default holds the five gates, whatever else the catalogue offers")
    func shippedDefault() {
        let names = Policy.shippedDefault(for: "credit-risk").checks.map(\.name)
        #expect(names == ["accuracy", "latency", "fairness", "data_drift", "schema"])
    }

    @Test("every default of the catalogue is a value its own parameter allows")
    func catalogue() throws {
        for gate in GateCatalog.descriptors {
            for parameter in gate.parameters {
                guard let value = parameter.defaultValue else { continue }
                switch (parameter.kind, value) {
                case (.number(let range), .number(let number)): #expect(range.contains(number), "\(gate.name).\(parameter.name)")
                case (.integer(let range), .integer(let integer)):
                    #expect(range.contains(integer), "\(gate.name).\(parameter.name)")
                case (.choice(let choices), .text(let text)): #expect(choices.contains(text), "\(gate.name).\(parameter.name)")
                case (.duration, .integer), (.rate, .number), (.text, .text), (.flag, .flag): break
                default: Issue.record("the default of \(gate.name).\(parameter.name) is of another kind")
                }
            }
        }
    }
}
