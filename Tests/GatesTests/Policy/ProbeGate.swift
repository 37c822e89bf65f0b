import GatehouseCore
import Gates

/// A gate with a parameter of every kind, so that the policy language is tested apart from what the shipped gates take.
struct ProbeGate: Gate {
    static let descriptor = GateDescriptor(
        name: "probe", summary: "Takes a parameter of every kind.", needs: .scores,
        parameters: [
            GateParameter("min_score", .number(0...1), default: .number(0.82), "A limit with a default."),
            GateParameter("max_gap", .number(0...1), "A limit that is only asked for when given."),
            GateParameter("probe_budget_ms", .number(0...Double.greatestFiniteMagnitude), default: .number(50), "A budget."),
            GateParameter("samples", .integer(1...1000), default: .integer(500), "A count."),
            GateParameter("mode", .choice(["point", "interval"]), default: .text("point"), "A choice."),
            GateParameter("window", .duration, default: .integer(3_600_000), "A duration."),
            GateParameter("rate", .rate, "A rate."),
            GateParameter("source", .text, default: .text("live"), "A text."),
            GateParameter("strict", .flag, default: .flag(false), "A flag."),
        ])

    init(_ settings: GateSettings) {}

    func judge(_ evidence: Evidence) -> Judgement { Judgement(.pass, "The probe always passes.") }
}
