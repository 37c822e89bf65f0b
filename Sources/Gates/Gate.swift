/// A kind of requirement. A gate is a value made from a policy's settings; it looks at evidence and judges. It reads no
/// file, no clock and no network, so the same evidence always gets the same judgement.
package protocol Gate: Sendable {
    static var descriptor: GateDescriptor { get }
    init(_ settings: GateSettings)
    func judge(_ evidence: Evidence) -> Judgement
}

/// What a gate is called, what it takes and what it looks at. Policy syntax, CLI, pages and docs follow from it.
package struct GateDescriptor: Sendable {
    /// As written in a policy.
    package let name: String
    /// One line for people.
    package let summary: String
    package let needs: EvidenceKind
    package let parameters: [GateParameter]

    package init(name: String, summary: String, needs: EvidenceKind, parameters: [GateParameter]) {
        self.name = name
        self.summary = summary
        self.needs = needs
        self.parameters = parameters
    }
}

/// One key of a gate in a policy.
package struct GateParameter: Sendable {
    package enum Kind: Sendable, Equatable {
        case number(ClosedRange<Double>)
        case integer(ClosedRange<Int>)
        case choice([String])
        /// `7d`, `48h`; settings hold milliseconds.
        case duration
        /// `50/s`; settings hold requests per second.
        case rate
        case text
        case flag
    }

    package let name: String
    package let kind: Kind
    /// Used when the policy leaves the key out; nil means "not asked for".
    package let defaultValue: GateSetting?
    package let summary: String

    package init(_ name: String, _ kind: Kind, default defaultValue: GateSetting? = nil, _ summary: String) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.summary = summary
    }
}

package enum GateSetting: Sendable, Hashable {
    case number(Double)
    case integer(Int)
    case text(String)
    case flag(Bool)
}

/// A gate's parameters after the policy was read: every value has the kind its parameter declares, defaults are filled in.
package struct GateSettings: Sendable, Hashable {
    package let values: [String: GateSetting]

    package init(_ values: [String: GateSetting]) { self.values = values }

    /// The settings of a gate that a policy names without any key.
    package init(defaultsOf descriptor: GateDescriptor, overriding values: [String: GateSetting] = [:]) {
        let defaults = descriptor.parameters.compactMap { parameter in parameter.defaultValue.map { (parameter.name, $0) } }
        self.values = Dictionary(defaults, uniquingKeysWith: { $1 }).merging(values) { $1 }
    }

    package func number(_ name: String) -> Double? {
        switch values[name] {
        case .number(let value): value
        case .integer(let value): Double(value)
        case .text, .flag, nil: nil
        }
    }

    package func integer(_ name: String) -> Int? {
        guard case .integer(let value) = values[name] else { return nil }
        return value
    }

    package func text(_ name: String) -> String? {
        guard case .text(let value) = values[name] else { return nil }
        return value
    }

    package func flag(_ name: String) -> Bool { values[name] == .flag(true) }
}
