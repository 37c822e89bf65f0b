import GatehouseCore
import Gates
import Testing

@Suite struct PolicyDiffTests {
    static let base = """
        model: credit-risk
        registration: {require: [model_card]}
        evaluation: {dataset: credit-holdout, groups: [age_band], max_age: 7d}
        gates:
          probe: {min_score: 0.8, max_gap: 0.05, probe_budget_ms: 50}
          custom:
            - {name: rules, url: https://rules.internal/check, enforcement: warn}
            - {name: sign_off, kind: attestation}
        review: {required: 2, expires: 72h}
        rollout: {rollback_on: {error_rate: 0.01}}
        review_by: 2027-03-01
        """

    private func changes(_ find: String, _ replacement: String) throws -> [PolicyChange] {
        try #require(Self.base.contains(find), "the text to change is in the policy")
        let edited = Self.base.replacing(find, with: replacement)
        return PolicyDiff.changes(
            from: try PolicyParser.parse(Self.base, gates: [ProbeGate.descriptor]),
            to: try PolicyParser.parse(edited, gates: [ProbeGate.descriptor]))
    }

    @Test("a policy does not differ from itself, nor by the order of its checks")
    func nothing() throws {
        #expect(try changes("credit-risk", "credit-risk").isEmpty)
        let custom = """
                - {name: rules, url: https://rules.internal/check, enforcement: warn}
                - {name: sign_off, kind: attestation}
            """
        let swapped = """
                - {name: sign_off, kind: attestation}
                - {name: rules, url: https://rules.internal/check, enforcement: warn}
            """
        #expect(try changes(custom, swapped).isEmpty)
    }

    @Test(
        "every change says its path, both values and whether it asks for more",
        arguments: [
            Edit("min_score: 0.8", "min_score: 0.7", "gates.probe.min_score", "0.8", "0.7", .looser),
            Edit("min_score: 0.8", "min_score: 0.9", "gates.probe.min_score", "0.8", "0.9", .stricter),
            Edit("max_gap: 0.05", "max_gap: 0.1", "gates.probe.max_gap", "0.05", "0.1", .looser),
            Edit("probe_budget_ms: 50", "probe_budget_ms: 40", "gates.probe.probe_budget_ms", "50", "40", .stricter),
            Edit("max_gap: 0.05, ", "", "gates.probe.max_gap", "0.05", nil, .looser),
            Edit(
                "dataset: credit-holdout", "dataset: credit-holdout@3", "evaluation.dataset", "credit-holdout",
                "credit-holdout@3", .neutral),
            Edit("max_age: 7d", "max_age: 48h", "evaluation.max_age", "7d", "2d", .stricter),
            Edit("[age_band]", "[age_band, sex]", "evaluation.groups", "[age_band]", "[age_band, sex]", .stricter),
            Edit("[model_card]", "[]", "registration.require", "[model_card]", "[]", .looser),
            Edit("required: 2", "required: 1", "review.required", "2", "1", .looser),
            Edit("expires: 72h", "expires: 1d", "review.expires", "3d", "1d", .stricter),
            Edit("error_rate: 0.01", "error_rate: 0.05", "rollout.rollback_on.error_rate", "0.01", "0.05", .looser),
            Edit("probe: {", "probe: {enforcement: warn, ", "gates.probe.enforcement", "block", "warn", .looser),
            Edit("probe: {", "probe: {inconclusive: warn, ", "gates.probe.inconclusive", "block", "warn", .looser),
            Edit("model: credit-risk", "model: credit-risk\nenforcement: 'off'", "enforcement", "enforce", "off", .looser),
            Edit(
                "model: credit-risk", "model: credit-risk\nprotected_alias: none", "protected_alias", "champion", "none", .looser),
            Edit(
                "review_by: 2027-03-01", "review_by: 2027-01-01", "review_by", "2027-03-01T00:00:00.000Z",
                "2027-01-01T00:00:00.000Z", .stricter),
            Edit("review_by: 2027-03-01", "", "review_by", "2027-03-01T00:00:00.000Z", nil, .looser),
        ])
    func single(_ edit: Edit) throws {
        #expect(
            try changes(edit.find, edit.replacement)
                == [PolicyChange(path: edit.path, old: edit.old, new: edit.new, effect: edit.effect)])
    }

    @Test("dropping a check that blocks is looser, dropping one that warns is neutral")
    func dropped() throws {
        let signOff = try #require(try changes("    - {name: sign_off, kind: attestation}\n", "").first)
        #expect(signOff.path == "gates.custom.sign_off" && signOff.new == nil && signOff.effect == .looser)
        let rules = "    - {name: rules, url: https://rules.internal/check, enforcement: warn}\n"
        let warning = try #require(try changes(rules, "").first)
        #expect(warning.path == "gates.custom.rules" && warning.effect == .neutral)
        let gate = "  probe: {min_score: 0.8, max_gap: 0.05, probe_budget_ms: 50}\n"
        #expect(try changes(gate, "").map(\.effect) == [.looser])
    }

    @Test("a new shadow phase is stricter")
    func added() throws {
        let change = try #require(try changes("review_by", "shadow: {fraction: 0.1}\nreview_by").first)
        #expect(change.path == "shadow" && change.old == nil && change.effect == .stricter)
    }
}

struct Edit: Sendable {
    let find: String
    let replacement: String
    let path: String
    let old: String?
    let new: String?
    let effect: PolicyChange.Effect

    init(
        _ find: String, _ replacement: String, _ path: String, _ old: String?, _ new: String?, _ effect: PolicyChange.Effect
    ) {
        self.find = find
        self.replacement = replacement
        self.path = path
        self.old = old
        self.new = new
        self.effect = effect
    }
}
