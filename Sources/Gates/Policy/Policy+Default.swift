import GatehouseCore

extension Policy {
    /// The gates of the shipped policy. A gate that joins the catalogue later does not join it by itself: a server must not
    /// start to refuse versions because its program was updated.
    private static let shippedGates: [any Gate.Type] = [
        Accuracy.self, Latency.self, Fairness.self, DataDrift.self, Schema.self,
    ]

    /// What holds for a model nobody wrote a policy for: the five gates with their default settings, and one reviewer.
    package static func shippedDefault(for model: String) -> Policy {
        var policy = Policy(model: model)
        policy.enforcement = .enforce
        policy.checks = shippedGates.map { $0.descriptor }.map { gate in
            CheckConfiguration(name: gate.name, kind: .builtIn(gate: gate.name, GateSettings(defaultsOf: gate)))
        }
        policy.review.required = 1
        return policy
    }

    /// How many people must approve a promotion to Production.
    package var reviewersRequired: Int { review.required ?? (stakes == .high ? 2 : 1) }
}
