import GatehouseCore
import Gates
import Testing

@Suite struct PolicyDiagnosticsTests {
    @Test("a newcomer's policy with three mistakes gets three located messages in one go")
    func threeMistakes() throws {
        let found = diagnostics(
            """
            model: credit-risk
            evaluation: {dataset: credit-holdout, label: defaulted}
            gates:
              probe:
                min_score: high
                max_demographic_gap: 0.05
              custom:
                - {name: Rules, command: [./rules.sh]}
            """)
        #expect(
            found.lines == [
                "policy.yaml:5:16: gates.probe.min_score: expected a number, found the text 'high'. "
                    + "Write, for example, 'min_score: 0.82'.",
                "policy.yaml:6:5: gates.probe: unknown key 'max_demographic_gap'. "
                    + "Known here: min_score, max_gap, probe_budget_ms, samples, mode, window, rate, source, strict, "
                    + "enforcement, inconclusive.",
                "policy.yaml:8:14: gates.custom[0].name: 'Rules' cannot be the name of a check. "
                    + "Use 1 to 64 lower-case letters, digits and '_', such as business_rules.",
            ])
        let error = found.error
        #expect(error.code == .invalidArgument)
        #expect(error.message == "The policy has 3 problems.")
        #expect(error.details == found.lines)
    }

    @Test("each mistake in a document is found at its line and column", arguments: documents)
    func document(_ mistake: Mistake) {
        #expect(diagnostics(mistake.yaml).lines == mistake.lines.map { "policy.yaml:\($0)" })
    }

    @Test("each mistake in a value is found where the value stands", arguments: values)
    func value(_ mistake: Mistake) {
        #expect(diagnostics("model: m\n" + mistake.yaml).lines == mistake.lines.map { "policy.yaml:2:\($0)" })
    }

    @Test("each mistake in a gate's settings is found where the setting stands", arguments: settings)
    func setting(_ mistake: Mistake) {
        let yaml = "model: m\ngates: {probe: {\(mistake.yaml)}}"
        #expect(diagnostics(yaml).lines == mistake.lines.map { "policy.yaml:2:\($0)" })
    }

    @Test("each mistake in a custom check is found", arguments: customChecks)
    func custom(_ mistake: Mistake) {
        let yaml = "model: m\ngates:\n  custom:\n    - \(mistake.yaml)"
        #expect(diagnostics(yaml).lines == mistake.lines.map { "policy.yaml:4:\($0)" })
    }

    @Test("two custom checks of one name are told apart by the second one's place")
    func sameName() {
        let yaml = "model: m\ngates:\n  custom:\n    - {name: a, kind: evidence}\n    - {name: a, kind: attestation}"
        let expected = "5:7: gates.custom[1]: another custom check is called 'a'. Names are unique: results go by them."
        #expect(diagnostics(yaml).lines == ["policy.yaml:\(expected)"])
    }

    @Test("a diagnostic is also an object for programs")
    func json() throws {
        let found = try #require(diagnostics("model: m\nstakes: hihg").list.first)
        #expect(
            found.json == [
                "line": 2, "column": 9, "path": "stakes", "message": "expected one of normal, high, found 'hihg'",
                "suggestion": "Did you mean 'high'?",
            ])
    }

    @Test("no more than a hundred findings are listed, the rest is counted")
    func many() {
        let keys = (0..<150).map { "unknown_key_number_\($0): 1" }.joined(separator: "\n")
        let found = diagnostics("model: m\n" + keys)
        #expect(found.list.count == 100 && found.unreportedCount == 50)
        #expect(found.error.message == "The policy has 150 problems.")
        #expect(found.error.details.last == "… and 50 more")
    }

    @Test("somebody's text is cut and cleaned before it stands in a message")
    func hostileText() {
        let found = diagnostics("model: m\n\"a\\e[31m\(String(repeating: "x", count: 1000))\": 1")
        #expect(found.list.count == 1)
        #expect(found.lines.allSatisfy { $0.count < 400 && !$0.contains("\u{1B}") })
    }
}

/// The findings of a policy that must have some; none is recorded as a failure.
func diagnostics(_ yaml: String, sourceLocation: SourceLocation = #_sourceLocation) -> PolicyDiagnostics {
    do {
        let policy = try PolicyParser.parse(yaml, gates: [ProbeGate.descriptor])
        Issue.record("understood as \(policy.json.canonicalText)", sourceLocation: sourceLocation)
        return PolicyDiagnostics(file: "policy.yaml", [])
    } catch {
        return error
    }
}

struct Mistake: Sendable, CustomTestStringConvertible {
    let yaml: String
    let lines: [String]

    init(_ yaml: String, _ lines: String...) {
        self.yaml = yaml
        self.lines = lines
    }

    var testDescription: String { String(yaml.prefix(60)) }
}

extension PolicyDiagnosticsTests {
    static let documents = [
        Mistake("", "1:1: the policy is empty. Start with 'model: NAME'."),
        Mistake("# nothing but a remark", "1:1: the policy is empty. Start with 'model: NAME'."),
        Mistake("- model: m", "1:1: expected a map of keys and values, found a list. Start with 'model: NAME'."),
        Mistake("credit-risk", "1:1: expected a map of keys and values, found the text 'credit-risk'. Start with 'model: NAME'."),
        Mistake("stakes: high", "1:1: the key 'model' is missing. Add, for example, 'model: credit-risk'."),
        Mistake("model: m\nstaeks: high", "2:1: unknown key 'staeks'. Did you mean 'stakes'?"),
        Mistake(
            "model: m\nstakes: high\ngates: {}\nstakes: normal",
            "4:1: the key 'stakes' stands twice, first in line 2. Keep one of them."),
        Mistake(
            "model: m\ngates: {probe: {max_gap: 0.1, max_gap: 0.2, max_gap: x}}\nmodel: n",
            "2:31: gates.probe: the key 'max_gap' stands twice, first in line 2. Keep one of them.",
            "2:45: gates.probe: the key 'max_gap' stands twice, first in line 2. Keep one of them.",
            "2:54: gates.probe.max_gap: expected a number, found the text 'x'. Write, for example, 'max_gap: 0'.",
            "3:1: the key 'model' stands twice, first in line 1. Keep one of them."),
        Mistake(
            "model: m\n\"stakes\": high\n'stakes': high\nrevew: {}",
            "3:1: the key 'stakes' stands twice, first in line 2. Keep one of them.",
            "4:1: unknown key 'revew'. Did you mean 'review'?"),
        Mistake(
            "model: m\nshadow: {fraction: 0, fraction: 0}\n\"st\\x61kes\": high\nstakes: high",
            "2:10: the key 'fraction' stands twice in one map. Keep one of them.",
            "3:1: the key 'stakes' stands twice in one map. Keep one of them."),
        Mistake(
            "model: m\nshadow: {fraction: 0, fraction: 0}\nreview: ]",
            "2:10: the key 'fraction' stands twice in one map. Keep one of them.",
            "3:9: not valid YAML: did not find expected node content while parsing a block node that starts in line 3."),
        Mistake(
            "model: m\n\tstakes: high",
            "2:1: not valid YAML: found a tab character that violates indentation while scanning a plain scalar that starts in "
                + "line 1. Indent with spaces, not tabs."),
        Mistake(
            "model: [m",
            "1:10: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence that starts in line 1."),
        Mistake("model: *-risk", "1:8: not valid YAML: found undefined alias. Put a pattern that starts with '*' in quotes."),
        Mistake("model: m\u{0}", "1:9: not valid YAML: control characters are not allowed. Save the file as plain UTF-8 text."),
        Mistake("model: m\n---\nmodel: n", "2:1: not valid YAML: a second document begins here. Keep one policy per file."),
        Mistake(
            "model: &name m\nevaluation: {label: *name}",
            "1:8: model: anchors and aliases are not used in policies. Write the value out."),
        Mistake(
            "model: m\nshadow: !!map {}\nstakes: !!str high\nreview: !local {}",
            "4:9: review: tags such as '!local' are not used in policies. Remove the tag."),
        Mistake("model: m\n? [a, b]\n: 1", "2:3: a key must be plain text."),
        Mistake("model: m\n<<: {stakes: high}", "2:1: unknown key '<<'. Known here: \(keys)."),
    ]

    private static let keys =
        "model, enforcement, stakes, registration, evaluation, gates, shadow, review, rollout, slots, protected_alias, "
        + "review_by, review_after_improvement, stale"

    static let values = [
        Mistake("stakes: hihg", "9: stakes: expected one of normal, high, found 'hihg'. Did you mean 'high'?"),
        Mistake(
            "enforcement: [warn]",
            "14: enforcement: expected one of enforce, warn, off, found a list. Write, for example, 'enforcement: enforce'."),
        Mistake(
            "registration: [model_card]",
            "15: registration: expected a map of keys and values, found a list. Write 'registration: {…}' or indent the keys below it."
        ),
        Mistake(
            "registration: {require: [modelcard]}",
            "26: registration.require[0]: expected one of feature_pipeline, training_data, model_card, dataset_card, feature_stats, found 'modelcard'. Did you mean 'model_card'?"
        ),
        Mistake(
            "registration: {require: [model_card, model_card]}",
            "38: registration.require[1]: 'model_card' stands twice in this list. Keep one of them."),
        Mistake(
            "evaluation: {dataset: a/b}",
            "23: evaluation.dataset: 'a/b' is not a name with an optional version. Write, for example, 'dataset: credit-holdout@3'."
        ),
        Mistake(
            "evaluation: {dataset: holdout@zero}",
            "23: evaluation.dataset: 'holdout@zero' is not a name with an optional version. Write, for example, 'dataset: credit-holdout@3'."
        ),
        Mistake(
            "evaluation: {groups: age_band}",
            "22: evaluation.groups: expected a list of columns, found the text 'age_band'. Write, for example, 'groups: [age_band]'."
        ),
        Mistake(
            "evaluation: {groups: [age, age]}", "28: evaluation.groups[1]: 'age' stands twice in this list. Keep one of them."),
        Mistake(
            "evaluation: {intersections: yes}", "29: evaluation.intersections: expected true or false, found 'yes'. Write 'true'."
        ),
        Mistake(
            "evaluation: {intersections: Off}",
            "29: evaluation.intersections: expected true or false, found 'Off'. Write 'false'."),
        Mistake(
            "evaluation: {intersections: \"true\"}",
            "29: evaluation.intersections: expected true or false, found the text 'true'. Write, for example, 'intersections: true'."
        ),
        Mistake(
            "evaluation: {max_age: 7}",
            "23: evaluation.max_age: expected a duration (a whole number and ms, s, m, h or d), found the number 7. Write, for example, 'max_age: 7d'."
        ),
        Mistake(
            "evaluation: {max_age: 7w}",
            "23: evaluation.max_age: expected a duration (a whole number and ms, s, m, h or d), found the text '7w'. Write, for example, 'max_age: 7d'."
        ),
        Mistake("evaluation: {max_age: 1s}", "23: evaluation.max_age: 1s is out of range. Write a duration from 1m to 3650d."),
        Mistake(
            "evaluation: {label: }",
            "21: evaluation.label: expected a text, found nothing. Write, for example, 'label: defaulted'."),
        Mistake("evaluation: {inconclusive: pass}", "28: evaluation.inconclusive: expected one of block, warn, found 'pass'."),
        Mistake("evaluation: {runner: mlflow}", "22: evaluation.runner: expected one of native, found 'mlflow'."),
        Mistake(
            "evaluation: {runner: {}}",
            "22: evaluation.runner: expected exactly one of 'endpoint' and 'predictions'. Write native, {endpoint: http://…} or {predictions: COLUMN}."
        ),
        Mistake(
            "evaluation: {runner: {predictions: s, protocol: v2}}",
            "39: evaluation.runner: 'protocol' belongs to 'endpoint'. Remove it."),
        Mistake(
            "evaluation: {runner: {endpoint: \"ftp://m\"}}",
            "33: evaluation.runner.endpoint: 'ftp://m' is not an http or https address. Write, for example, 'endpoint: https://rules.internal/check'."
        ),
        Mistake(
            "evaluation: {runner: {endpoint: \"https://u:p@m\"}}",
            "33: evaluation.runner.endpoint: an address in a policy must not carry a user name or password. Remove everything up to the '@'."
        ),
        Mistake(
            "evaluation: {decision_threshold: .inf}",
            "34: evaluation.decision_threshold: expected a number, found the text '.inf'. Write, for example, 'decision_threshold: 0.5'."
        ),
        Mistake("shadow: {fraction: 5%}", "20: shadow.fraction: expected a number, found the percentage 5%. Write 0.05 instead."),
        Mistake(
            "shadow: {fraction: 1.5}", "20: shadow.fraction: 1.5 is out of range. Write a number from 0 to 1, for example 0.01."),
        Mistake(
            "shadow: {min_requests: 1.5}",
            "24: shadow.min_requests: expected a whole number, found the number 1.5. Write, for example, 'min_requests: 1000'."),
        Mistake(
            "shadow: {min_requests: 99999999999999999999}",
            "24: shadow.min_requests: expected a whole number, found the number 99999999999999999999. Write, for example, 'min_requests: 1000'."
        ),
        Mistake(
            "shadow:",
            "8: shadow: expected a map of keys and values, found nothing. Write 'shadow: {…}' or indent the keys below it."),
        Mistake("review: {rotation: random}", "20: review.rotation: expected one of least_recent, found 'random'."),
        Mistake(
            "review: {flag_if_faster_than: {opening: 30s}}",
            "32: review.flag_if_faster_than: unknown key 'opening'. Did you mean 'after_opening'?"),
        Mistake("rollout: {steps: [5, 25]}", "18: rollout.steps: the last step must be 100. Steps grow up to 100: [5, 25, 100]."),
        Mistake("rollout: {steps: []}", "18: rollout.steps: the last step must be 100. Steps grow up to 100: [5, 25, 100]."),
        Mistake(
            "rollout: {steps: [5, 5, 100]}",
            "22: rollout.steps[1]: the step 5 does not grow from 5. Steps grow up to 100: [5, 25, 100]."),
        Mistake(
            "rollout: {steps: [0, 100]}",
            "19: rollout.steps[0]: 0 is out of range. Write a whole number from 1 to 100, for example 25."),
        Mistake(
            "rollout: {step_min_duration: 2h, step_max_duration: 1h}",
            "53: rollout.step_max_duration: 1h is less than step_min_duration, 2h."),
        Mistake("rollout: {rollback_on: {p95: 80}}", "25: rollout.rollback_on: unknown key 'p95'. Did you mean 'p95_ms'?"),
        Mistake(
            "slots: {segments: [EU]}",
            "20: slots.segments[0]: 'EU' cannot stand here. A segment is lower-case letters, digits, '_' and '-', with '/' between its levels, such as eu/de."
        ),
        Mistake(
            "slots: {no_default: 1}",
            "21: slots.no_default: expected true or false, found the number 1. Write, for example, 'no_default: true'."),
        Mistake(
            "protected_alias: v2",
            "18: protected_alias: 'v2' cannot be an alias. 'latest' and 'v<number>' already mean something; choose another name."),
        Mistake(
            "review_by: next year",
            "12: review_by: expected a date, found the text 'next year'. Write, for example, 'review_by: 2027-03-01'."),
        Mistake(
            "review_by: 2027-02-30",
            "12: review_by: expected a date, found the text '2027-02-30'. Write, for example, 'review_by: 2027-03-01'."),
        Mistake("gates: {prob: {}}", "9: gates: unknown gate 'prob'. Did you mean 'probe'?"),
        Mistake(
            "gates: [probe]",
            "8: gates: expected a map of keys and values, found a list. Write 'gates: {…}' or indent the keys below it."),
        Mistake(
            "gates: {probe: true}",
            "16: gates.probe: expected a map of keys and values, found the text 'true'. Write 'probe: {…}' or indent the keys below it."
        ),
    ]

    static let settings = [
        Mistake("score: 0.8", "17: gates.probe: unknown key 'score'. Did you mean 'min_score'?"),
        Mistake("min_score: \"0.8\"", "28: gates.probe.min_score: expected a number, found the text \"0.8\". Remove the quotes."),
        Mistake("min_score: 82%", "28: gates.probe.min_score: expected a number, found the percentage 82%. Write 0.82 instead."),
        Mistake("min_score: 82", "28: gates.probe.min_score: 82 is out of range. Write a number from 0 to 1, for example 0.82."),
        Mistake(
            "min_score: 0x1p3",
            "28: gates.probe.min_score: expected a number, found the text '0x1p3'. Write, for example, 'min_score: 0.82'."),
        Mistake(
            "probe_budget_ms: -1",
            "34: gates.probe.probe_budget_ms: -1 is out of range. Write a number of at least 0, for example 50."),
        Mistake(
            "samples: many",
            "26: gates.probe.samples: expected a whole number, found the text 'many'. Write, for example, 'samples: 500'."),
        Mistake(
            "samples: 5000",
            "26: gates.probe.samples: 5000 is out of range. Write a whole number from 1 to 1000, for example 500."),
        Mistake("samples: '5'", "26: gates.probe.samples: expected a whole number, found the text \"5\". Remove the quotes."),
        Mistake(
            "mode: intervall",
            "23: gates.probe.mode: expected one of point, interval, found 'intervall'. Did you mean 'interval'?"),
        Mistake(
            "window: 1 hour",
            "25: gates.probe.window: expected a duration (a whole number and ms, s, m, h or d), found the text '1 hour'. Write, for example, 'window: 1h'."
        ),
        Mistake("window: 9999d", "25: gates.probe.window: 9999d is out of range. Write a duration from 0ms to 3650d."),
        Mistake(
            "rate: 50",
            "23: gates.probe.rate: expected a rate (a number per second), found the number 50. Write, for example, 'rate: 50/s'."),
        Mistake(
            "rate: 50/h",
            "23: gates.probe.rate: expected a rate (a number per second), found the text '50/h'. Write, for example, 'rate: 50/s'."
        ),
        Mistake("rate: 0/s", "23: gates.probe.rate: 0/s is out of range. Write a rate above 0/s and up to 1000000/s."),
        Mistake(
            "source: {dataset: x}", "25: gates.probe.source: expected a text, found a map. Write, for example, 'source: live'."),
        Mistake("strict: on", "25: gates.probe.strict: expected true or false, found 'on'. Write 'true'."),
        Mistake(
            "enforcement: blok", "30: gates.probe.enforcement: expected one of block, warn, found 'blok'. Did you mean 'block'?"),
    ]

    static let customChecks = [
        Mistake(
            "rules",
            "7: gates.custom[0]: expected a map of keys and values, found the text 'rules'. Write 'custom: {…}' or indent the keys below it."
        ),
        Mistake("{command: [./a]}", "7: gates.custom[0]: the key 'name' is missing. Add, for example, 'name: business_rules'."),
        Mistake(
            "{name: a}",
            "7: gates.custom[0]: expected exactly one of 'command', 'url' and 'kind', found none of them. Kinds are: evidence, card, attestation, robustness."
        ),
        Mistake(
            "{name: a, url: \"https://x\", command: [./a]}",
            "7: gates.custom[0]: expected exactly one of 'command', 'url' and 'kind', found command and url. Kinds are: evidence, card, attestation, robustness."
        ),
        Mistake(
            "{name: a, command: ./a}",
            "26: gates.custom[0].command: expected a list of words, found the text './a'. Write, for example, 'command: [./checks/robustness.sh, --strict]'."
        ),
        Mistake(
            "{name: a, command: []}",
            "26: gates.custom[0].command: the command is empty. Write, for example, 'command: [./checks/robustness.sh, --strict]'."
        ),
        Mistake(
            "{name: a, kind: crad, document: model}",
            "23: gates.custom[0].kind: expected one of evidence, card, attestation, robustness, found 'crad'. Did you mean 'card'?"
        ),
        Mistake(
            "{name: a, kind: card}",
            "7: gates.custom[0]: a card check must say which document. Add 'document: model' or 'document: dataset'."),
        Mistake(
            "{name: a, kind: card, document: model, required_fields: []}",
            "63: gates.custom[0].required_fields: a card check that requires no field checks nothing. Name at least one field."),
        Mistake(
            "{name: a, kind: attestation, timeout: 5s}",
            "36: gates.custom[0]: unknown key 'timeout'. Known here: name, kind, enforcement, inconclusive."),
        Mistake(
            "{name: a, url: \"https://x\", timeout: 48h}",
            "44: gates.custom[0].timeout: 48h is out of range. Write a duration from 1s to 1d."),
        Mistake(
            "{name: a, kind: robustness, noise: 0}",
            "42: gates.custom[0].noise: 0 is out of range. Write a number from 0.000001 to 1, for example 0.01."),
        Mistake("{name: probe, kind: evidence}", "7: gates.custom[0]: 'probe' is the name of a gate. Choose another name."),
    ]
}
