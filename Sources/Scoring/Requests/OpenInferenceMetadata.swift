import GatehouseCore

/// What `GET /v2/models/{name}` answers.
enum OpenInferenceMetadata {
    static func bytes(_ model: NativeModel, name: String, version: String, names: [String]) -> [UInt8] {
        JSONWriter.object { writer in
            writer.member("name", name)
            writer.key("versions")
            writer.array([version]) { $0.value($1) }
            writer.member("platform", "gatehouse_\(model.format.library)")
            writer.key("inputs")
            if names.isEmpty {
                writer.array(["input"]) { writer, name in tensor(&writer, name, [-1, Int64(model.featureCount)]) }
            } else {
                writer.array(names) { writer, name in tensor(&writer, name, [-1]) }
            }
            writer.key("outputs")
            writer.array([OpenInferenceRequest.outputName]) { writer, name in
                tensor(&writer, name, [-1, Int64(model.outputs(raw: false))])
            }
        }
    }

    private static func tensor(_ writer: inout JSONWriter, _ name: String, _ shape: [Int64]) {
        writer.object { writer in
            writer.member("name", name)
            writer.member("datatype", "FP64")
            writer.key("shape")
            writer.array(shape) { $0.value($1) }
        }
    }
}
