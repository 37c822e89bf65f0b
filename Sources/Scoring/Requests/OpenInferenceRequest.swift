import GatehouseCore

/// A request of the Open Inference Protocol: one tensor per column, named like it and of shape [rows] or [rows, 1], or one
/// tensor of shape [rows, features] in the model's order.
struct OpenInferenceRequest {
    /// The name of the only output.
    static let outputName = "predict"
    private static let extentMax: Int64 = 1 << 24

    let id: String?
    let frame: RequestFrame

    /// Fails naming the tensor: no name, shape, datatype or data, shapes that do not belong together, values that are not
    /// what the datatype says.
    init(_ document: JSONValue, model: NativeModel) throws(RequestRefusal) {
        guard let tensors = document["inputs"]?.arrayValue, !tensors.isEmpty else {
            throw RequestRefusal("The request has no list of 'inputs'.")
        }
        for output in document["outputs"]?.arrayValue ?? [] where output["name"]?.stringValue != Self.outputName {
            throw RequestRefusal("The model has no output '\(output["name"]?.stringValue ?? "")', only '\(Self.outputName)'.")
        }
        id = document["id"]?.stringValue
        var read: [InputTensor] = []
        for tensor in tensors { read.append(try InputTensor(tensor)) }
        if read.count == 1, let only = read.first, !Self.isColumn(only, of: model) {
            guard only.shape.count == 2 || (only.shape.count == 1 && model.featureCount == 1) else {
                throw RequestRefusal(
                    "The shape of '\(only.name)' must be [rows, \(model.featureCount)], not \(only.shape).")
            }
            let width = only.shape.count == 2 ? only.shape[1] : 1
            guard width == model.featureCount else {
                throw RequestRefusal("'\(only.name)' has \(width) columns; the model reads \(model.featureCount).")
            }
            let rowCount = only.shape[0]
            frame = RequestFrame(
                names: model.featureNames,
                columns: (0..<width).map { column in (0..<rowCount).map { only.data[$0 * width + column] } }, rowCount: rowCount)
        } else {
            frame = try Self.columns(read)
        }
        guard frame.rowCount > 0 else { throw RequestRefusal("The tensors hold no rows.") }
    }

    private static func isColumn(_ tensor: InputTensor, of model: NativeModel) -> Bool {
        model.featureNames?.contains(tensor.name) == true && tensor.perRow == 1
    }

    private static func columns(_ tensors: [InputTensor]) throws(RequestRefusal) -> RequestFrame {
        var seen: Set<String> = []
        for tensor in tensors {
            guard tensor.perRow == 1 else {
                throw RequestRefusal("The shape of '\(tensor.name)' must be [rows] or [rows, 1] beside other tensors.")
            }
            guard tensor.shape[0] == tensors[0].shape[0] else {
                throw RequestRefusal(
                    "'\(tensor.name)' has \(tensor.shape[0]) rows, '\(tensors[0].name)' has \(tensors[0].shape[0]).")
            }
            guard seen.insert(tensor.name).inserted else { throw RequestRefusal("The tensor '\(tensor.name)' stands twice.") }
        }
        return RequestFrame(names: tensors.map(\.name), columns: tensors.map(\.data), rowCount: tensors[0].shape[0])
    }

    /// A tensor with its data flat, row by row.
    private struct InputTensor {
        let name: String
        let shape: [Int]
        let data: [JSONValue]
        /// Values in each row.
        var perRow: Int { shape[0] == 0 ? shape.dropFirst().reduce(1, *) : data.count / shape[0] }

        init(_ tensor: JSONValue) throws(RequestRefusal) {
            guard let name = tensor["name"]?.stringValue, let datatype = tensor["datatype"]?.stringValue,
                let extents = tensor["shape"]?.arrayValue, let data = tensor["data"]
            else { throw RequestRefusal("Every input needs 'name', 'shape', 'datatype' and 'data'.") }
            guard let type = TensorType(rawValue: datatype) else {
                throw RequestRefusal("The datatype '\(datatype.prefix(20))' of '\(name)' is not one of the protocol.")
            }
            var shape: [Int] = []
            var count: Int64 = 1
            for extent in extents {
                guard let extent = extent.integerValue, (0...extentMax).contains(extent), count * extent <= extentMax else {
                    throw RequestRefusal("The shape of '\(name)' is not a list of sizes up to \(extentMax) in all.")
                }
                shape.append(Int(extent))
                count *= extent
            }
            guard (1...2).contains(shape.count) else {
                throw RequestRefusal("The shape of '\(name)' must have one or two sizes.")
            }
            var flat: [JSONValue] = []
            Self.flatten(data, into: &flat, countMax: Int(count))
            guard flat.count == Int(count) else {
                throw RequestRefusal("'\(name)' does not have the \(count) values that its shape says.")
            }
            for (index, value) in flat.enumerated() {
                guard let typed = type.value(of: value) else {
                    throw RequestRefusal("Value \(index + 1) of '\(name)' is not of type \(datatype).")
                }
                flat[index] = typed
            }
            (self.name, self.shape, self.data) = (name, shape, flat)
        }

        /// Stops one value beyond `countMax`, which is enough to see that there are too many.
        private static func flatten(_ value: JSONValue, into flat: inout [JSONValue], countMax: Int) {
            guard case .array(let elements) = value else {
                flat.append(value)
                return
            }
            for element in elements where flat.count <= countMax { flatten(element, into: &flat, countMax: countMax) }
        }
    }
}

/// The datatypes of the Open Inference Protocol.
package enum TensorType: String, Sendable, CaseIterable {
    case bool = "BOOL"
    case uint8 = "UINT8"
    case uint16 = "UINT16"
    case uint32 = "UINT32"
    case uint64 = "UINT64"
    case int8 = "INT8"
    case int16 = "INT16"
    case int32 = "INT32"
    case int64 = "INT64"
    case fp16 = "FP16"
    case fp32 = "FP32"
    case fp64 = "FP64"
    case bytes = "BYTES"

    /// The value as the type holds it; nil when it cannot. `null` stands for a missing value in any type, which the protocol
    /// does not have.
    func value(of value: JSONValue) -> JSONValue? {
        if case .null = value { return value }
        let fits: Bool
        switch self {
        case .bool: fits = value.boolValue != nil || value.integerValue == 0 || value.integerValue == 1
        case .uint8: fits = isWhole(value, 0...255)
        case .uint16: fits = isWhole(value, 0...65_535)
        case .uint32: fits = isWhole(value, 0...4_294_967_295)
        case .uint64: fits = isWhole(value, 0...Int64.max)
        case .int8: fits = isWhole(value, -128...127)
        case .int16: fits = isWhole(value, -32_768...32_767)
        case .int32: fits = isWhole(value, -2_147_483_648...2_147_483_647)
        case .int64: fits = isWhole(value, Int64.min...Int64.max)
        // Numbers of 16 bits are rounded to 32: more would be gained by nothing.
        case .fp16, .fp32: return value.doubleValue.map { .number(Double(Float($0))) }
        case .fp64: fits = value.doubleValue != nil
        case .bytes: fits = value.stringValue != nil
        }
        return fits ? .some(value) : .none
    }

    private func isWhole(_ value: JSONValue, _ range: ClosedRange<Int64>) -> Bool {
        value.integerValue.map(range.contains) ?? false
    }
}
