package import GatehouseCore

extension GateDescriptor {
    package var json: JSONValue {
        .object([
            "name": .string(name),
            "summary": .string(summary),
            "parameters": .array(
                parameters.map { parameter in
                    .object([
                        "name": .string(parameter.name), "summary": .string(parameter.summary),
                        "default": parameter.defaultValue?.json ?? .null,
                    ])
                }),
        ])
    }
}

extension GateSetting {
    /// As a person would write it in a policy.
    package var text: String {
        switch self {
        case .text(let text): text
        case .number, .integer, .flag: json.canonicalText
        }
    }
}
