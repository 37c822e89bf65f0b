import GatehouseCore
import Scoring

/// What `/invocations` answered, as tensors of the Open Inference Protocol: a list of values or of lists is the output
/// `predictions`, of their shape; a list of objects, or an object, is one output for each member, in the order of their names.
///
/// Flags are `BOOL`, whole numbers `INT64`, other numbers and what is missing `FP64`, texts `BYTES`. An answer that is none of
/// these has no form as a tensor: fails with `internal`.
struct InvocationsAnswer {
    static let outputName = "predictions"

    struct Output {
        let name: String
        let type: TensorType
        let shape: [Int]
        let cells: [String]
    }

    let outputs: [Output]

    /// Fails with `invalidArgument` when the request asks for an output that there is not.
    init(_ document: JSONValue, to request: InvocationsRequest) throws(CallRefusal) {
        let bare = document.arrayValue.map { JSONValue.array($0) }
        guard let predictions = document["predictions"] ?? bare else {
            throw CallRefusal(.internal, "The version's answer has no 'predictions': does it speak MLflow's protocol?")
        }
        var outputs: [Output] = []
        for (name, values) in try Self.columns(predictions) { outputs.append(try Output(name, values)) }
        if request.outputs.isEmpty {
            self.outputs = outputs
            return
        }
        var asked: [Output] = []
        for name in request.outputs {
            guard let output = outputs.first(where: { $0.name == name }) else {
                let known = outputs.map { "'\($0.name)'" }.joined(separator: ", ")
                throw CallRefusal(.invalidArgument, "The version has no output '\(name.prefix(64))', only \(known).")
            }
            asked.append(output)
        }
        self.outputs = asked
    }

    private static func columns(_ predictions: JSONValue) throws(CallRefusal) -> [(String, JSONValue)] {
        switch predictions {
        case .object(let members): return members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        case .array(let rows):
            guard let first = rows.first?.objectValue else { return [(outputName, predictions)] }
            var columns: [(String, JSONValue)] = []
            for name in first.keys.sorted() {
                let values = rows.compactMap { $0[name] }
                guard values.count == rows.count else { throw notRectangular }
                columns.append((name, .array(values)))
            }
            guard rows.allSatisfy({ $0.objectValue?.count == first.count }) else { throw notRectangular }
            return columns
        case .null, .bool, .number, .integer, .string: return [(outputName, .array([predictions]))]
        }
    }

    fileprivate static let notRectangular = CallRefusal(
        .internal, "The version's predictions have no form as a tensor: their rows differ in shape.")

    func bytes(model: String, version: Int64?, id: String?) -> [UInt8] {
        var out: [UInt8] = Array("{\"model_name\":\(JSONText.of(model))".utf8)
        if let version { out += ",\"model_version\":\"\(version)\"".utf8 }
        if let id { out += ",\"id\":\(JSONText.of(id))".utf8 }
        out += ",\"outputs\":[".utf8
        for (index, output) in outputs.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out +=
                "{\"name\":\(JSONText.of(output.name)),\"shape\":[\(output.shape.map(String.init).joined(separator: ","))]".utf8
            out += ",\"datatype\":\"\(output.type.rawValue)\",\"data\":[".utf8
            out += output.cells.joined(separator: ",").utf8
            out += "]}".utf8
        }
        out += "]}".utf8
        return out
    }
}

extension InvocationsAnswer.Output {
    init(_ name: String, _ values: JSONValue) throws(CallRefusal) {
        var flat = FlatValues()
        guard flat.take(values, at: 0) else { throw InvocationsAnswer.notRectangular }
        guard let type = Self.type(of: flat.values) else {
            throw CallRefusal(
                .internal, "The version's predictions '\(name.prefix(64))' are of several types, or of none that tensors have.")
        }
        self.name = name
        self.type = type
        shape = flat.shape
        cells = flat.values.map { Self.cell($0, type) }
    }

    private static func type(of values: [JSONValue]) -> TensorType? {
        var (flags, whole, numbers, texts, missing) = (0, 0, 0, 0, 0)
        for value in values {
            switch value {
            case .bool: flags += 1
            case .integer: whole += 1
            case .number: numbers += 1
            case .string: texts += 1
            case .null: missing += 1
            case .array, .object: return nil
            }
        }
        if whole + numbers + missing == values.count { return values.isEmpty || whole < values.count ? .fp64 : .int64 }
        if flags == values.count { return .bool }
        return texts == values.count ? .bytes : nil
    }

    /// JSON has no infinity: it is missing as well.
    private static func cell(_ value: JSONValue, _ type: TensorType) -> String {
        guard type == .fp64 else { return value.canonicalText }
        guard let number = value.doubleValue, number.isFinite else { return "null" }
        return number.description
    }
}

/// The values of nested lists one behind the other, and their shape.
private struct FlatValues {
    var values: [JSONValue] = []
    var shape: [Int] = []
    /// How deep values lie; known with the first of them.
    private var depth: Int?

    /// False when lists differ in length or depth.
    mutating func take(_ value: JSONValue, at level: Int) -> Bool {
        guard case .array(let elements) = value else {
            guard level == depth ?? level, level == shape.count else { return false }
            depth = level
            values.append(value)
            return true
        }
        if let depth, level >= depth { return false }
        if level == shape.count {
            shape.append(elements.count)
        } else if shape[level] != elements.count {
            return false
        }
        for element in elements where take(element, at: level + 1) == false { return false }
        return true
    }
}
