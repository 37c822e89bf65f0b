/// Policies for `credit-risk` made of parts.
enum Rules {
    static let accuracy = "accuracy: {min_absolute_auc: 0.8, min_relative_improvement: 0.005}"

    /// `gates` are lines of the policy's `gates` section, `more` whole sections.
    static func text(
        model: String = "credit-risk", enforcement: String = "enforce", dataset: String = "holdout", label: String = "defaulted",
        groups: String = "age_band", evaluation: String = "", gates: [String] = [accuracy], more: String = ""
    ) -> String {
        """
        model: '\(model)'
        enforcement: \(enforcement)
        evaluation: {dataset: \(dataset), label: \(label), groups: [\(groups)]\(evaluation.isEmpty ? "" : ", " + evaluation)}
        gates:
        \(gates.map { "  " + $0 }.joined(separator: "\n"))
        \(more)
        """
    }

    /// All five gates, with a latency that any machine keeps.
    static let allGates = [
        accuracy, "latency: {mode: sequential, requests: 60, warm_up: 2, latency_budget_p95_ms: 5000}",
        "fairness: {max_demographic_disparity: 0.05, min_impact_ratio: 0.8}", "data_drift: {current: dataset recent}",
        "schema: {pipeline: credit-features}",
    ]
}
