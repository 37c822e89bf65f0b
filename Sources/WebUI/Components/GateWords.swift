import Gates

/// What a gate asks, in words and as a formula, for people who have to decide on its answer.
struct GateWords {
    let summary: String
    let formulas: [String]

    /// `kind` is the gate's name; a custom check is described by its own entry in the policy.
    static func of(gate kind: String) -> GateWords {
        let summary = GateCatalog.gate(named: kind)?.descriptor.summary
        return GateWords(
            summary: summary ?? "A check of the policy's own, answered by a program, a service, a document or a signature.",
            formulas: formulas[kind] ?? [])
    }

    private static let formulas: [String: [String]] = [
        "accuracy": [
            "value ≥ min_absolute_auc (for a loss: value ≤ the limit)",
            "improvement = value − value of the champion on the same rows ≥ min_relative_improvement (for a loss: champion − value)",
        ],
        "latency": [
            "p95 = the time within which 95 of 100 single-row requests are answered ≤ latency_budget_p95_ms",
            "failed requests ≤ max_errors",
        ],
        "fairness": [
            "AUC gap of a group = |AUC in the group − AUC of all rows| ≤ max_demographic_disparity",
            "impact ratio of a grouping = lowest selection rate ÷ highest selection rate ≥ min_impact_ratio; selected means a score at or above the decision threshold",
        ],
        "data_drift": [
            "PSI of a feature = Σ over its buckets of (current share − training share) × ln(current share ÷ training share) ≤ max_psi_threshold"
        ],
        "schema": ["inputs that the pipeline delivers with a type the model can read = inputs of the model"],
    ]
}
