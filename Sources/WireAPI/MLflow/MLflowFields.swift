package import GatehouseCore

/// The fields of one MLflow message: a call's query or body, or an object inside an answer. Names are snake case; camel case is
/// accepted, both spellings of one field are not. Unknown fields are ignored, an explicit null is an absent field. Reading one of
/// a wrong type fails with `invalidArgument` in MLflow's own words.
package struct MLflowFields: Sendable {
    private let members: [String: JSONValue]
    /// `metrics[0].` for an object inside a list, so that errors name the place.
    private let place: String
    /// Values of a query string are all text.
    private let isQuery: Bool
    /// Whether a key has a capital letter. Clients send snake case, so the other spelling is seldom worth making.
    private let hasCamelCase: Bool

    private init(members: [String: JSONValue], place: String, isQuery: Bool) {
        self.members = members
        self.place = place
        self.isQuery = isQuery
        hasCamelCase = members.keys.contains { key in key.utf8.contains { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 } }
    }

    /// A query string, percent-decoded; a repeated key is a list.
    package init(query: some Sequence<(key: String, value: String)>) {
        var members: [String: JSONValue] = [:]
        for (key, value) in query {
            switch members[key] {
            case .array(let values)?: members[key] = .array(values + [.string(value)])
            case let earlier?: members[key] = .array([earlier, .string(value)])
            case nil: members[key] = .string(value)
            }
        }
        self.init(members: members, place: "", isQuery: true)
    }

    /// A JSON document; anything but an object has no fields. Older clients encode the body twice.
    package init(body: JSONValue) {
        var body = body
        if case .string(let inner) = body, let decoded = try? JSONParser.parse(inner) { body = decoded }
        self.init(members: body.objectValue ?? [:], place: "", isQuery: false)
    }

    /// The value of a field as it came, or nil.
    package func value(_ name: String) throws(GatehouseError) -> JSONValue? {
        let plain = members[name]
        if hasCamelCase, case let camel = Self.camelCase(name), camel != name, let other = members[camel] {
            guard plain == nil else {
                throw GatehouseError(
                    .invalidArgument,
                    "Request specifies both '\(place)\(name)' and '\(place)\(camel)'; provide only one of them.")
            }
            return other == .null ? nil : other
        }
        return plain == .null ? nil : plain
    }

    package func has(_ name: String) throws(GatehouseError) -> Bool { try value(name) != nil }

    /// The value of a field that holds one: of a parameter that a query repeats the first counts, as in MLflow.
    private func single(_ name: String) throws(GatehouseError) -> JSONValue? {
        let value = try value(name)
        if isQuery, case .array(let values)? = value { return values.first }
        return value
    }

    package func text(_ name: String) throws(GatehouseError) -> String? {
        guard let value = try single(name) else { return nil }
        guard case .string(let text) = value else { throw invalid(name, value) }
        return text
    }

    /// An empty text counts as missing, as in MLflow.
    package func requiredText(_ name: String) throws(GatehouseError) -> String {
        guard let text = try text(name), !text.isEmpty else { throw missing(name) }
        return text
    }

    /// A whole number; also as text, as proto3's JSON mapping has it.
    package func integer(_ name: String) throws(GatehouseError) -> Int64? {
        guard let value = try single(name) else { return nil }
        let integer: Int64?
        switch value {
        case .integer(let number): integer = number
        case .number(let number): integer = Int64(exactly: number)
        case .string(let text): integer = Int64(text)
        case .null, .bool, .array, .object: integer = nil
        }
        guard let integer else { throw invalid(name, value) }
        return integer
    }

    package func requiredInteger(_ name: String) throws(GatehouseError) -> Int64 {
        guard let integer = try integer(name) else { throw missing(name) }
        return integer
    }

    /// A number; NaN and the infinities travel as text.
    package func number(_ name: String) throws(GatehouseError) -> Double? {
        guard let value = try single(name) else { return nil }
        let number: Double?
        switch value {
        case .integer, .number: number = value.doubleValue
        case .string("NaN"): number = .nan
        case .string("Infinity"): number = .infinity
        case .string("-Infinity"): number = -.infinity
        case .string(let text): number = Double(text)
        case .null, .bool, .array, .object: number = nil
        }
        guard let number else { throw invalid(name, value) }
        return number
    }

    package func flag(_ name: String) throws(GatehouseError) -> Bool? {
        guard let value = try single(name) else { return nil }
        switch value {
        case .bool(let flag): return flag
        case .string(let text) where isQuery && ["true", "false"].contains(text.lowercased()): return text.lowercased() == "true"
        case .string, .number, .integer, .array, .object, .null: throw invalid(name, value)
        }
    }

    /// A list of texts; in a query one text is a list of one.
    package func texts(_ name: String) throws(GatehouseError) -> [String] {
        guard let value = try value(name) else { return [] }
        if isQuery, case .string(let text) = value { return [text] }
        guard let elements = value.arrayValue else { throw invalid(name, value) }
        var texts: [String] = []
        for element in elements {
            guard let text = element.stringValue else { throw invalid(name, value) }
            texts.append(text)
        }
        return texts
    }

    package func object(_ name: String) throws(GatehouseError) -> MLflowFields? {
        guard let value = try value(name) else { return nil }
        guard let inner = value.objectValue else { throw invalid(name, value) }
        return MLflowFields(members: inner, place: "\(place)\(name).", isQuery: false)
    }

    package func objects(_ name: String) throws(GatehouseError) -> [MLflowFields] {
        guard let value = try value(name) else { return [] }
        guard let elements = value.arrayValue else { throw invalid(name, value) }
        var objects: [MLflowFields] = []
        objects.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            guard let inner = element.objectValue else { throw invalid(name, value) }
            objects.append(MLflowFields(members: inner, place: "\(place)\(name)[\(index)].", isQuery: false))
        }
        return objects
    }

    /// The name of an enumeration's case, upper case on the wire.
    package func choice<Choice: RawRepresentable<String>>(_ name: String, of type: Choice.Type) throws(GatehouseError) -> Choice?
    {
        guard let text = try text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else { throw invalid(name, .string(text)) }
        return choice
    }

    // MARK: - MLflow's words

    private static let pointer = "See the API docs for more information about request parameters."

    package func missing(_ name: String) -> GatehouseError {
        GatehouseError(.invalidArgument, "Missing value for required parameter '\(place)\(name)'. \(Self.pointer)")
    }

    package func invalid(_ name: String, _ value: JSONValue) -> GatehouseError {
        let shown: String
        switch value {
        case .string(let text): shown = "\"\(text.prefix(200))\""
        case .null, .bool, .number, .integer, .array, .object: shown = String(value.canonicalText.prefix(200))
        }
        return GatehouseError(
            .invalidArgument,
            "Invalid value \(shown) for parameter '\(place)\(name)' supplied:  Hint: Value was of type '\(Self.pythonType(value))'. \(Self.pointer)"
        )
    }

    private static func pythonType(_ value: JSONValue) -> String {
        switch value {
        case .null: "NoneType"
        case .bool: "bool"
        case .number: "float"
        case .integer: "int"
        case .string: "str"
        case .array: "list"
        case .object: "dict"
        }
    }

    /// `run_id` → `runId`.
    private static func camelCase(_ name: String) -> String {
        guard name.utf8.contains(UInt8(ascii: "_")) else { return name }
        let words = name.split(separator: "_")
        return words.dropFirst().reduce(String(words.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }
}
