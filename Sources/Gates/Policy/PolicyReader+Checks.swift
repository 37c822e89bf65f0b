import GatehouseCore

extension PolicyReader {
    static let customChecksMax = 64

    /// What every check takes beside its own keys.
    private static let commonKeys = ["enforcement", "inconclusive"]
    private static let custom = "custom"

    mutating func checks(
        _ field: PolicyField?, gates: [GateDescriptor], inconclusiveBlocks: Bool
    ) -> [CheckConfiguration] {
        guard let section = map(field) else { return [] }
        let names = gates.map(\.name)
        var checks: [CheckConfiguration] = []
        for entry in section.fields {
            if entry.key == Self.custom {
                checks += customChecks(entry, reserved: names, inconclusiveBlocks: inconclusiveBlocks)
            } else if let gate = gates.first(where: { $0.name == entry.key }) {
                checks.append(builtIn(gate, entry, inconclusiveBlocks: inconclusiveBlocks))
            } else {
                reportUnknown(entry, in: section, what: "gate", candidates: names + [Self.custom])
            }
        }
        return checks
    }

    /// A gate and its parameters. `accuracy:` with nothing behind it asks for the defaults.
    private mutating func builtIn(
        _ gate: GateDescriptor, _ field: PolicyField, inconclusiveBlocks: Bool
    ) -> CheckConfiguration {
        let kind = { (settings: GateSettings) in CheckConfiguration.Kind.builtIn(gate: gate.name, settings) }
        let keys = gate.parameters.map(\.name) + Self.commonKeys
        guard !field.node.isNothing, let section = section(field, keys: keys) else {
            return CheckConfiguration(
                name: gate.name, kind: kind(GateSettings(defaultsOf: gate)), inconclusiveBlocks: inconclusiveBlocks)
        }
        var values: [String: GateSetting] = [:]
        for parameter in gate.parameters {
            values[parameter.name] = section[parameter.name].flatMap { setting($0, parameter) }
        }
        return CheckConfiguration(
            name: gate.name, kind: kind(GateSettings(defaultsOf: gate, overriding: values)),
            enforcement: choice(section["enforcement"], CheckEnforcement.self) ?? .block,
            inconclusiveBlocks: blocks(section["inconclusive"]) ?? inconclusiveBlocks)
    }

    private mutating func setting(_ field: PolicyField, _ parameter: GateParameter) -> GateSetting? {
        let example = parameter.example
        switch parameter.kind {
        case .number(let range): return number(field, range, example: example).map { .number($0) }
        case .integer(let range): return integer(field, range, example: example).map { .integer($0) }
        case .choice(let choices): return choice(field, choices).map { .text($0) }
        case .duration:
            return duration(field, example: example).flatMap { Int(exactly: $0.milliseconds) }.map { .integer($0) }
        case .rate: return rate(field, example: example).map { .number($0) }
        case .text: return text(field, example: example).map { .text($0) }
        case .flag: return flag(field).map { .flag($0) }
        }
    }
}

extension GateParameter {
    /// A value as a policy could give it: the default, else one that fits.
    var example: String {
        switch (kind, defaultValue) {
        case (.duration, .integer(let milliseconds)?): Duration.milliseconds(milliseconds).shortText
        case (.rate, let rate?): rate.text + "/s"
        case (_, let value?): value.text
        case (.number(let range), nil): numberText(range.lowerBound)
        case (.integer(let range), nil): String(range.lowerBound)
        case (.choice(let choices), nil): choices.first ?? ""
        case (.duration, nil): "7d"
        case (.rate, nil): "50/s"
        case (.text, nil): "NAME"
        case (.flag, nil): "true"
        }
    }
}
