import GatehouseCore

extension Policy {
    /// What holds for a model nobody wrote a policy for: every gate of the catalogue with its default settings, and one
    /// reviewer.
    package static func shippedDefault(for model: String) -> Policy {
        var policy = Policy(model: model)
        policy.enforcement = .enforce
        policy.checks = GateCatalog.descriptors.map { gate in
            CheckConfiguration(name: gate.name, kind: .builtIn(gate: gate.name, GateSettings(defaultsOf: gate)))
        }
        policy.review.required = 1
        return policy
    }

    /// How many people must approve a promotion to Production.
    package var reviewersRequired: Int { review.required ?? (stakes == .high ? 2 : 1) }
}
