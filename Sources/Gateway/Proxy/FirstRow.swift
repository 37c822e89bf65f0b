import GatehouseCore
import NIOCore

/// Reads one cell of a request's first row, where an endpoint's unit or segment stands in the body.
enum FirstRow {
    /// The cell as text: a string's own, a number's or truth value's shortest form. Nil: not there, or the body is no scoring
    /// request of MLflow or of the Open Inference Protocol.
    static func cell(named name: String, in body: ByteBuffer) -> ByteBuffer? {
        guard let document = try? JSONParser.parse(Array(body.readableBytesView), allowsNonFinite: true) else { return nil }
        guard let cell = cell(named: name, in: document) else { return nil }
        switch cell {
        case .string(let text): return ByteBuffer(string: text)
        case .integer(let number): return ByteBuffer(string: String(number))
        case .number, .bool: return ByteBuffer(string: cell.canonicalText)
        case .null, .array, .object: return nil
        }
    }

    private static func cell(named name: String, in document: JSONValue) -> JSONValue? {
        if let split = document["dataframe_split"] {
            guard let column = split["columns"]?.arrayValue?.firstIndex(of: .string(name)),
                let row = split["data"]?.arrayValue?.first,
                let cells = row.arrayValue, cells.indices.contains(column)
            else { return nil }
            return cells[column]
        }
        if let rows = (document["dataframe_records"] ?? document["instances"])?.arrayValue { return rows.first?[name] }
        guard let inputs = document["inputs"] else { return nil }
        // MLflow: columns by name. Open Inference Protocol: tensors with a name each.
        if let column = inputs[name] { return first(column) }
        return inputs.arrayValue?.first { $0["name"] == .string(name) }?["data"].flatMap(first)
    }

    /// The first number or text of a column, nested or flat.
    private static func first(_ value: JSONValue) -> JSONValue? {
        var value = value
        while let elements = value.arrayValue {
            guard let head = elements.first else { return nil }
            value = head
        }
        return value
    }
}
