import GatehouseCore
import NIOCore
import Scoring

/// A scoring request of the Open Inference Protocol, as MLflow's protocol asks the same.
///
/// Tensors of one value per row are columns of `dataframe_split`, named like them. Anything else is `inputs`: a single tensor is
/// its nested list, several are an object of nested lists by name. Parameters of the request are `params`, but for
/// `content_type`, which says how tensors are to be read.
struct InvocationsRequest {
    static let dimensionsMax = 16

    let body: [UInt8]
    let id: String?
    /// Those that the answer is to have; empty: all of them.
    let outputs: [String]

    /// Fails naming the tensor.
    init(body bytes: ByteBuffer) throws(CallRefusal) {
        guard let document = try? JSONParser.parse(bytes.readableBytesView, allowsNonFinite: true) else {
            throw CallRefusal(.invalidArgument, "The request is no JSON.")
        }
        guard let list = document["inputs"]?.arrayValue, list.isEmpty == false else {
            throw CallRefusal(.invalidArgument, "The request has no list of 'inputs'.")
        }
        var tensors: [TensorDocument] = []
        for element in list { tensors.append(try TensorDocument(element, .asked)) }
        id = document["id"]?.stringValue
        outputs = (document["outputs"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
        var out: [UInt8] = Array("{".utf8)
        try Self.write(tensors, into: &out)
        let params = (document["parameters"]?.objectValue ?? [:]).filter { $0.key != "content_type" }
        if params.isEmpty == false { out += ",\"params\":\(JSONValue.object(params).canonicalText)".utf8 }
        out.append(UInt8(ascii: "}"))
        body = out
    }

    private static func write(_ tensors: [TensorDocument], into out: inout [UInt8]) throws(CallRefusal) {
        if let rowCount = Self.rowCount(tensors) { return try writeColumns(tensors, rowCount, into: &out) }
        out += "\"inputs\":".utf8
        if tensors.count == 1 { return try write(tensors[0], into: &out) }
        var names: Set<String> = []
        for (index, tensor) in tensors.enumerated() {
            try isNew(tensor.name, &names)
            out += "\(index == 0 ? "{" : ",")\(JSONText.of(tensor.name)):".utf8
            try write(tensor, into: &out)
        }
        out.append(UInt8(ascii: "}"))
    }

    /// Nil when they are not columns of one table.
    private static func rowCount(_ tensors: [TensorDocument]) -> Int? {
        guard let first = tensors.first?.shape.first else { return nil }
        let areColumns = tensors.allSatisfy { tensor in
            tensor.shape.first == first && (tensor.shape.count == 1 || tensor.shape.count == 2 && tensor.shape[1] == 1)
        }
        return areColumns ? Int(exactly: first) : nil
    }

    private static func writeColumns(
        _ tensors: [TensorDocument], _ rowCount: Int, into out: inout [UInt8]
    ) throws(CallRefusal) {
        var names: Set<String> = []
        var columns: [[String]] = []
        for tensor in tensors {
            try isNew(tensor.name, &names)
            columns.append(try tensor.cells())
        }
        out += "\"dataframe_split\":{\"columns\":[".utf8
        out += tensors.map { JSONText.of($0.name) }.joined(separator: ",").utf8
        out += "],\"data\":[".utf8
        for row in 0..<rowCount {
            for (index, column) in columns.enumerated() {
                out += (index > 0 ? "," : row > 0 ? ",[" : "[").utf8
                out += column[row].utf8
            }
            out.append(UInt8(ascii: "]"))
        }
        out += "]}".utf8
    }

    private static func isNew(_ name: String, _ names: inout Set<String>) throws(CallRefusal) {
        guard names.insert(name).inserted else {
            throw CallRefusal(.invalidArgument, "The input '\(name)' stands twice.")
        }
    }

    private static func write(_ tensor: TensorDocument, into out: inout [UInt8]) throws(CallRefusal) {
        guard tensor.shape.count <= dimensionsMax else {
            throw CallRefusal(.invalidArgument, "The input '\(tensor.name)' has more than \(dimensionsMax) dimensions.")
        }
        let cells = try tensor.cells()
        var at = 0
        func write(_ dimension: Int) {
            guard dimension < tensor.shape.count else {
                out += cells[at].utf8
                at += 1
                return
            }
            out.append(UInt8(ascii: "["))
            // Where another dimension is 0 there is nothing to write, however long this one is.
            for index in 0..<(cells.isEmpty ? 0 : Int(tensor.shape[dimension])) {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                write(dimension + 1)
            }
            out.append(UInt8(ascii: "]"))
        }
        write(0)
    }
}
