/// One column of a model signature or a feature-pipeline schema.
package struct FieldSchema: Sendable, Hashable {
    package let name: String
    package let type: FieldType
    package let isRequired: Bool

    package init(name: String, type: FieldType, isRequired: Bool = true) {
        self.name = name
        self.type = type
        self.isRequired = isRequired
    }
}

/// MLflow's column types.
package enum FieldType: String, Codable, Sendable, CaseIterable {
    case boolean, integer, long, float, double, string, binary, datetime

    /// Whether a column that a pipeline delivers as `delivered` can be read as this type without losing a value:
    /// boolean → integer → long → double and float → double. A 64-bit integer does not fit a float.
    package func accepts(_ delivered: FieldType) -> Bool {
        switch (self, delivered) {
        case (.integer, .boolean), (.long, .boolean), (.float, .boolean), (.double, .boolean): true
        case (.long, .integer), (.double, .integer), (.double, .long), (.double, .float): true
        default: self == delivered
        }
    }
}

/// What a model takes and gives: MLflow's signature with named columns.
package struct ModelSignature: Sendable, Hashable {
    package let inputs: [FieldSchema]
    package let outputs: [FieldSchema]

    package init(inputs: [FieldSchema], outputs: [FieldSchema] = []) {
        self.inputs = inputs
        self.outputs = outputs
    }
}

extension FieldSchema {
    package static let fieldsMax = 10_000

    /// Reads MLflow's list form: `[{"name": "age", "type": "long", "required": true}, …]`.
    /// Fails with `invalidArgument` naming the entry: no name, an unknown type, a name that stands twice.
    package static func list(_ json: JSONValue, in place: String) throws(GatehouseError) -> [FieldSchema] {
        guard let entries = json.arrayValue, entries.count <= fieldsMax else {
            throw GatehouseError(.invalidArgument, "\(place) is not a list of at most \(fieldsMax) columns.")
        }
        var seen: Set<String> = []
        var fields: [FieldSchema] = []
        for (index, entry) in entries.enumerated() {
            guard let name = entry["name"]?.stringValue, !name.isEmpty else {
                throw GatehouseError(
                    .invalidArgument, "Column \(index + 1) of \(place) has no name.",
                    hint: "Gatehouse needs column-based signatures: every input with a name and a type.")
            }
            let word = entry["type"]?.stringValue ?? "tensor"
            guard let type = FieldType(rawValue: word) else {
                let names = FieldType.allCases.map(\.rawValue)
                throw GatehouseError(
                    .invalidArgument, "The column '\(name.prefix(80))' of \(place) has the unknown type '\(word.prefix(80))'.",
                    hint: Suggestion.nearest(to: word, in: names).map { "Did you mean '\($0)'?" }
                        ?? "Types are: \(names.joined(separator: ", ")).")
            }
            guard seen.insert(name).inserted else {
                throw GatehouseError(.invalidArgument, "The column '\(name.prefix(80))' stands twice in \(place).")
            }
            fields.append(FieldSchema(name: name, type: type, isRequired: try isRequired(entry, name, in: place)))
        }
        return fields
    }

    /// A column is required unless it says otherwise.
    private static func isRequired(_ entry: JSONValue, _ name: String, in place: String) throws(GatehouseError) -> Bool {
        guard let value = entry["required"], value != .null else { return true }
        guard let flag = value.boolValue else {
            throw GatehouseError(
                .invalidArgument, "'required' of the column '\(name.prefix(80))' of \(place) is neither true nor false.")
        }
        return flag
    }

    package var json: JSONValue {
        .object(["name": .string(name), "type": .string(type.rawValue), "required": .bool(isRequired)])
    }
}

extension ModelSignature {
    package var json: JSONValue {
        .object(["inputs": .array(inputs.map(\.json)), "outputs": .array(outputs.map(\.json))])
    }

    package init(json: JSONValue) throws(GatehouseError) {
        self.init(
            inputs: try FieldSchema.list(json["inputs"] ?? .null, in: "the signature's inputs"),
            outputs: try json["outputs"].map { (value) throws(GatehouseError) in
                value == .null ? [] : try FieldSchema.list(value, in: "the signature's outputs")
            } ?? [])
    }
}
