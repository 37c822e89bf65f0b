import GatehouseCore

extension CheckConfiguration {
    package static let customGate = "custom"

    /// `accuracy`, …, or `custom`.
    package var gate: String {
        switch kind {
        case .builtIn(let gate, _): gate
        case .custom: Self.customGate
        }
    }

    /// What must be gathered before the check can judge. Nil for a gate the catalogue does not know.
    package var needs: EvidenceKind? {
        switch kind {
        case .builtIn(let gate, _): GateCatalog.gate(named: gate)?.descriptor.needs
        case .custom: .custom
        }
    }

    /// Judges the evidence. A gate the catalogue no longer knows, or a custom check nothing was gathered for, is an error.
    package func judge(_ evidence: Evidence) -> Judgement {
        switch kind {
        case .builtIn(let name, let settings):
            guard let gate = GateCatalog.gate(named: name) else {
                return Judgement(.error, "This version of Gatehouse has no gate '\(name)'.")
            }
            return gate.init(settings).judge(evidence)
        case .custom(let check):
            return check.judge(evidence.custom[name] ?? .missing(.error, reason: "nothing was gathered for '\(name)'"))
        }
    }
}
