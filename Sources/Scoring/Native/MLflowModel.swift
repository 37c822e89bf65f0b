package import GatehouseCore
import Yams

/// What the `MLmodel` file of an MLflow model directory says: flavors, the signature, nothing executed.
package struct MLflowModel: Sendable {
    package static let fileName = "MLmodel"
    package static let descriptionBytesMax = 4 << 20
    /// YAML aliases can make a small file stand for a huge document; MLflow writes next to none.
    package static let aliasesMax = 16

    package struct Flavor: Sendable {
        package let name: String
        /// The model file, relative to the directory.
        package let data: String?
    }

    /// Sorted by name; without `python_function`, which only says how Python loads the others.
    package let flavors: [Flavor]
    /// The signature with named columns, or why there is none.
    package let signature: Result<ModelSignature, GatehouseError>

    /// Reads the description in a model directory without opening the model itself.
    ///
    /// Fails with `notFound` when there is none, with `tooLarge` past the limits, with `invalidArgument` when it is not
    /// the YAML that MLflow writes.
    package init(directory path: String) throws(GatehouseError) {
        guard let directory = try ModelDirectory(path: path) else {
            throw GatehouseError(.invalidArgument, "\(path) is not a directory.")
        }
        try self.init(in: directory)
    }

    init(in directory: ModelDirectory) throws(GatehouseError) {
        let path = try directory.path(of: Self.fileName)
        try self.init(yaml: try ModelFile.bytes(path: path, bytesMax: Self.descriptionBytesMax), named: path)
    }

    package init(yaml bytes: [UInt8], named name: String) throws(GatehouseError) {
        let root = try Self.document(bytes, named: name)
        guard let entries = root["flavors"]?.mapping, !entries.isEmpty else {
            throw GatehouseError(
                .invalidArgument, "\(name) names no flavors.", hint: "Log the model with MLflow, which writes the file.")
        }
        flavors = entries.compactMap { key, value -> Flavor? in
            guard let flavor = key.string, flavor != "python_function" else { return nil }
            return Flavor(name: flavor, data: value["data"]?.string)
        }.sorted { $0.name < $1.name }
        signature = Result { () throws(GatehouseError) in try Self.signature(root["signature"], named: name) }
    }

    private static func document(_ bytes: [UInt8], named name: String) throws(GatehouseError) -> Node {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw GatehouseError(.invalidArgument, "\(name) is not UTF-8 text.")
        }
        guard aliasCount(in: bytes) <= aliasesMax else {
            throw GatehouseError(.tooLarge, "\(name) uses more than \(aliasesMax) YAML aliases.", hint: "Write the values out.")
        }
        do {
            guard let root = try Parser(yaml: text).singleRoot(), root.mapping != nil else {
                throw GatehouseError(.invalidArgument, "\(name) is not a YAML mapping.")
            }
            return root
        } catch let error as GatehouseError {
            throw error
        } catch {
            throw GatehouseError(.invalidArgument, "\(name) is not valid YAML: \(error)", cause: error)
        }
    }

    /// Words that could be aliases: a `*` after white space or punctuation, with a name behind it. Texts may hold such
    /// words too, which is why a few are allowed.
    private static func aliasCount(in bytes: [UInt8]) -> Int {
        func separates(_ byte: UInt8) -> Bool { byte <= 0x20 || ",:?-[]{}".utf8.contains(byte) }
        var count = 0
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "*") {
            let follows = index == 0 || separates(bytes[index - 1])
            if follows, index + 1 < bytes.count, !separates(bytes[index + 1]) { count += 1 }
        }
        return count
    }

    // MARK: - Signature

    private static func signature(_ node: Node?, named name: String) throws(GatehouseError) -> ModelSignature {
        guard let node, let inputs = try columns(node["inputs"], in: "the signature's inputs") else {
            throw GatehouseError(
                .notFound, "\(name) has no signature.",
                hint: "Log the model with signature=infer_signature(…) or with an input_example.")
        }
        guard !describesTensor(inputs) else {
            throw GatehouseError(
                .invalidArgument, "The signature's inputs describe a tensor, not named columns.",
                hint: "Infer the signature from a DataFrame so that every input has a name and a type.")
        }
        let outputs = try columns(node["outputs"], in: "the signature's outputs") ?? .array([])
        return ModelSignature(
            inputs: try FieldSchema.list(inputs, in: "the signature's inputs"),
            // MLflow describes a plain array of predictions as a tensor: an output without columns.
            outputs: describesTensor(outputs) || !hasNames(outputs)
                ? [] : try FieldSchema.list(outputs, in: "the signature's outputs"))
    }

    /// MLflow keeps the columns as JSON text inside the YAML; nil when there are none.
    private static func columns(_ node: Node?, in place: String) throws(GatehouseError) -> JSONValue? {
        guard let node, node.null == nil else { return nil }
        guard let text = node.string else {
            throw GatehouseError(.invalidArgument, "\(place) are not JSON text.")
        }
        do {
            let value = try JSONParser.parse(text)
            return value == .null ? nil : value
        } catch {
            throw GatehouseError(.invalidArgument, "\(place) cannot be read. \(error.message)")
        }
    }

    private static func describesTensor(_ columns: JSONValue) -> Bool {
        (columns.arrayValue ?? []).contains { $0["type"]?.stringValue == "tensor" }
    }

    private static func hasNames(_ columns: JSONValue) -> Bool {
        (columns.arrayValue ?? []).allSatisfy { $0["name"] != nil }
    }
}
