import GatehouseCore
import Gates
import Statistics

/// What a kept result says about a check of another policy, without measuring anything again.
enum Rejudgement: Equatable {
    case verdict(Verdict)
    /// The evidence that was kept does not answer it; why.
    case notMeasured(String)
}

extension Rejudgement {
    /// `draft` is the check as the other policy has it; `judged` is the one that was run, nil where the policy it came from is
    /// not known any more. `isSameData`: both policies measure on the same rows, labels, groups and decisions.
    static func of(
        _ draft: CheckConfiguration, judged: CheckConfiguration?, result: CheckResult?, isSameData: Bool
    ) -> Rejudgement {
        guard let result else { return .notMeasured("no check of this name was run") }
        guard let judged else { return .notMeasured("the policy it was run under is not known") }
        guard isSameData || !draft.looksAtRows else {
            return .notMeasured("it was measured on other data, groups or decisions than the draft names")
        }
        switch (draft.kind, judged.kind) {
        case (.custom(let new), .custom(let old)):
            return new.kind == old.kind ? .verdict(result.verdict) : .notMeasured("the custom check is another one")
        case (.custom, .builtIn), (.builtIn, .custom):
            return .notMeasured("a check of another kind was run under this name")
        case (.builtIn(let gate, let new), .builtIn(let other, let old)):
            guard gate == other else { return .notMeasured("a check of another kind was run under this name") }
            let changed = Set(new.values.keys).union(old.values.keys).filter { new.values[$0] != old.values[$0] }
            if changed.isEmpty || result.verdict == .error { return .verdict(result.verdict) }
            guard let limits = KeptLimits(gate, new, old), changed.isSubset(of: limits.keys) else {
                let keys = changed.subtracting(KeptLimits(gate, new, old)?.keys ?? []).sorted()
                return .notMeasured("needs measuring again: \((keys.isEmpty ? changed.sorted() : keys).joined(separator: ", "))")
            }
            return limits.judge(result)
        }
    }
}

extension CheckConfiguration {
    /// Whether the policy's `evaluation` section decides what the check sees.
    fileprivate var looksAtRows: Bool {
        switch needs {
        case .scores, .latency, .custom, nil: true
        case .drift, .schema: false
        }
    }
}

/// The limits of a gate that kept measurements can be held against again, where values alone decide.
private struct KeptLimits {
    /// The keys whose change needs nothing measured.
    let keys: Set<String>
    /// By metric: whether a value keeps its limit.
    private let rules: [String: @Sendable (Double) -> Bool]
    /// Metrics without which nothing can be said.
    private let required: Set<String>

    /// Nil for a gate without such limits, and where intervals decide.
    init?(_ gate: String, _ new: GateSettings, _ old: GateSettings) {
        guard [new, old].allSatisfy({ ($0.text("judge_by") ?? "point") == "point" }) else { return nil }
        switch gate {
        case Accuracy.descriptor.name:
            guard let rules = Self.accuracy(new, old) else { return nil }
            self = rules
        case Latency.descriptor.name:
            let budget = new.number("latency_budget_p95_ms") ?? 0
            let errors = Double(new.integer("max_errors") ?? 0)
            self.init(
                keys: ["latency_budget_p95_ms", "max_errors"],
                rules: ["p95_ms": { $0 <= budget }, "errors": { $0 <= errors }], required: ["p95_ms", "errors"])
        case Fairness.descriptor.name:
            let gap = new.number("max_demographic_disparity") ?? 0
            let ratio = new.number("min_impact_ratio") ?? 1
            self.init(
                keys: ["max_demographic_disparity", "min_impact_ratio"],
                rules: ["auc_gap": { abs($0) <= gap }, "impact_ratio": { $0 >= ratio }], required: [])
        case DataDrift.descriptor.name:
            let limit = new.number("max_psi_threshold") ?? 0
            self.init(keys: ["max_psi_threshold", "moderate"], rules: ["psi": { $0 <= limit }], required: [])
        default: return nil
        }
    }

    private init(keys: Set<String>, rules: [String: @Sendable (Double) -> Bool], required: Set<String>) {
        self.keys = keys
        self.rules = rules
        self.required = required
    }

    private static func accuracy(_ new: GateSettings, _ old: GateSettings) -> KeptLimits? {
        let name = new.text("metric") ?? Metric.aucROC.rawValue
        guard let metric = Metric(rawValue: name), old.text("metric") ?? Metric.aucROC.rawValue == name,
            [new, old].allSatisfy({ ($0.text("compare") ?? "point") == "point" })
        else { return nil }
        let canonical = metric == .aucROC ? new.number("min_absolute_auc") : nil
        let absolute = new.number("min_absolute") ?? canonical
        let delta = new.number("min_delta") ?? new.number("min_relative_improvement") ?? 0
        var rules: [String: @Sendable (Double) -> Bool] = ["\(name)_improvement": { $0 >= delta }]
        if let absolute { rules[name] = { metric.isLoss ? $0 <= absolute : $0 >= absolute } }
        var required: Set<String> = absolute == nil ? [] : [name]
        if let ratio = new.number("min_improvement_ratio") {
            rules["\(name)_improvement_ratio"] = { $0 >= ratio }
            required.insert("\(name)_improvement_ratio")
        }
        return KeptLimits(
            keys: [
                "min_absolute_auc", "min_absolute", "min_relative_improvement", "min_delta", "min_improvement_ratio", "margin",
            ],
            rules: rules, required: required)
    }

    /// Fails where a value breaks its limit now, or where something failed that these limits do not decide.
    func judge(_ result: CheckResult) -> Rejudgement {
        let measurements = result.judgement.measurements
        var isUndecided = result.verdict == .inconclusive
        var missing = required
        for measurement in measurements {
            switch measurement.verdict {
            case .inconclusive, .error: isUndecided = true
            case .pass, .fail, nil:
                guard let keeps = rules[measurement.metric] else {
                    if measurement.verdict == .fail, !isDropped(measurement) { return .verdict(.fail) }
                    continue
                }
                guard let value = measurement.value else {
                    // A feature that one side lacks has no value, and fails under every limit.
                    if measurement.verdict == .fail { return .verdict(.fail) }
                    continue
                }
                missing.remove(measurement.metric)
                if !keeps(value) { return .verdict(.fail) }
            }
        }
        let hadChampion = measurements.contains { $0.metric.hasSuffix("_improvement") }
        missing = missing.filter { hadChampion || !$0.hasSuffix("_improvement_ratio") }
        guard missing.isEmpty else {
            return .notMeasured("no value was kept of \(missing.sorted().joined(separator: ", "))")
        }
        guard isUndecided else { return .verdict(.pass) }
        // What was too small to judge may have been passed over or not: only the check itself can say.
        switch result.verdict {
        case .inconclusive: return .verdict(.inconclusive)
        case .pass: return .verdict(.pass)
        case .fail, .error: return .notMeasured("what failed would pass, but parts of it were too small to judge")
        }
    }

    /// A rule that the draft does not have any more: what it failed is no failure now.
    private func isDropped(_ measurement: Measurement) -> Bool {
        measurement.metric.hasSuffix("_improvement_ratio") || measurement.limit == nil
    }
}
