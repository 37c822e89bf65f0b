import GatehouseCore
import Statistics

/// The Open Inference Protocol, version 2, over REST: `POST /v2/models/<name>/infer`.
///
/// Each column is a tensor of its own, of shape [rows] and named like the column, because our columns have names and types:
/// numbers are `FP64`, text is `BYTES`. The content types are what MLServer needs to put a data frame together again; other
/// servers pass over them. The protocol has no missing value: `null` is sent, and a server that cannot take it refuses it.
struct OpenInferenceCodec {
    static func path(model: String) -> String {
        let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        let digits = Array("0123456789ABCDEF")
        let name = model.utf8.map { byte in
            unreserved.contains(byte)
                ? String(Unicode.Scalar(byte)) : "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
        }.joined()
        return "/v2/models/\(name)/infer"
    }

    static func body(_ cells: JSONCells, rows: Range<Int>) throws(GatehouseError) -> [UInt8] {
        var out = Array(#"{"parameters":{"content_type":"pd"},"inputs":["#.utf8)
        for (column, name) in cells.nameLiterals.enumerated() {
            out += (column == 0 ? #"{"name":"# : #",{"name":"#).utf8
            out += name
            let type =
                cells.isText(column: column)
                ? #""datatype":"BYTES","parameters":{"content_type":"str"}"# : #""datatype":"FP64""#
            out += #","shape":[\#(rows.count)],\#(type),"data":["#.utf8
            for row in rows {
                if row > rows.lowerBound { out.append(UInt8(ascii: ",")) }
                try cells.write(row: row, column: column, to: &out)
            }
            out += "]}".utf8
        }
        out += "]}".utf8
        return out
    }

    /// Reads the output named `output`, or the first. Its shape is [rows] or [rows, outputs]; its data are flat or nested.
    ///
    /// Fails with `unavailable` naming the row or the shape.
    static func scores(_ answer: JSONValue, rows: Range<Int>, output name: String?) throws(GatehouseError) -> ScoreMatrix {
        guard let outputs = answer["outputs"]?.arrayValue, !outputs.isEmpty else {
            throw GatehouseError(.unavailable, "its answer has no list of 'outputs'")
        }
        let names = outputs.compactMap { $0["name"]?.stringValue }
        guard let output = name.map({ wanted in outputs.first { $0["name"]?.stringValue == wanted } }) ?? outputs[0] else {
            throw GatehouseError(
                .unavailable, "its answer has no output '\(name ?? "")'",
                hint: "It has: \(names.joined(separator: ", ").prefix(JSONExchange.excerptBytesMax)).")
        }
        let shape = (output["shape"]?.arrayValue ?? []).map { $0.integerValue ?? -1 }
        guard let perRow = valuesPerRow(shape, rows: rows.count) else {
            throw GatehouseError(
                .unavailable,
                "the shape of its output is \(JSONValue.array(shape.map { .integer($0) }).canonicalText) for \(rows.count) rows")
        }
        var flat: [JSONValue] = []
        flatten(output["data"] ?? .null, into: &flat, countMax: rows.count * perRow)
        guard flat.count == rows.count * perRow else {
            throw GatehouseError(
                .unavailable, "its output does not have the \(rows.count * perRow) values its shape says")
        }
        var collector = ScoreCollector(firstRow: rows.lowerBound)
        for start in stride(from: 0, to: flat.count, by: perRow) {
            try collector.append(Array(flat[start..<start + perRow]))
        }
        return collector.matrix
    }

    private static func valuesPerRow(_ shape: [Int64], rows: Int) -> Int? {
        guard let first = shape.first, first == rows else { return nil }
        var product: Int64 = 1
        for extent in shape.dropFirst() {
            guard (1...Int64(ScoreCollector.outputsMax)).contains(extent) else { return nil }
            product *= extent
            guard product <= ScoreCollector.outputsMax else { return nil }
        }
        return Int(product)
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
