import GatehouseCore
import Scoring

extension InferenceModelInferResponse {
    /// What a version answered over HTTP. The version is the one that was served, whatever the answer says. `isRaw`: the values
    /// go out as they came in, as bytes. Fails with `internal` for what the protocol does not know.
    init(_ document: JSONValue, model: String, version: String, id: String, isRaw: Bool) throws(CallRefusal) {
        self.init()
        modelName = model
        modelVersion = version
        self.id = document["id"]?.stringValue ?? id
        parameters = InferenceInferParameter.all(in: document["parameters"])
        guard let outputs = document["outputs"]?.arrayValue else {
            throw CallRefusal(
                .internal, "The version's answer has no list of outputs: does it speak the Open Inference Protocol?")
        }
        for output in outputs {
            let values = try TensorDocument(output, .answered)
            var tensor = InferOutputTensor()
            tensor.name = values.name
            tensor.datatype = values.type.rawValue
            tensor.shape = values.shape
            tensor.parameters = InferenceInferParameter.all(in: output["parameters"])
            // Numbers of 16 bits have no list of their own.
            if isRaw || values.type == .fp16 {
                rawOutputContents.append(try values.bytes())
            } else {
                tensor.contents = try values.contents()
            }
            self.outputs.append(tensor)
        }
        // All outputs are raw or none is.
        if rawOutputContents.isEmpty == false, rawOutputContents.count < self.outputs.count {
            try self = Self(document, model: model, version: version, id: id, isRaw: true)
        }
    }
}

extension InferenceInferParameter {
    /// Those of a JSON object that the protocol has a form for.
    static func all(in document: JSONValue?) -> [String: InferenceInferParameter] {
        var parameters: [String: InferenceInferParameter] = [:]
        for (name, value) in document?.objectValue ?? [:] {
            var parameter = InferenceInferParameter()
            switch value {
            case .bool(let flag): parameter.boolParam = flag
            case .integer(let number): parameter.int64Param = number
            case .string(let text): parameter.stringParam = text
            case .number(let number): parameter.doubleParam = number
            case .null, .array, .object: continue
            }
            parameters[name] = parameter
        }
        return parameters
    }
}

extension InferenceModelMetadataResponse {
    init(_ document: JSONValue, version: String) throws(CallRefusal) {
        self.init()
        name = document["name"]?.stringValue ?? ""
        versions = version.isEmpty ? (document["versions"]?.arrayValue ?? []).compactMap(\.stringValue) : [version]
        platform = document["platform"]?.stringValue ?? ""
        inputs = Self.tensors(document["inputs"])
        outputs = Self.tensors(document["outputs"])
    }

    private static func tensors(_ list: JSONValue?) -> [TensorMetadata] {
        (list?.arrayValue ?? []).map { tensor in
            var metadata = TensorMetadata()
            metadata.name = tensor["name"]?.stringValue ?? ""
            metadata.datatype = tensor["datatype"]?.stringValue ?? ""
            metadata.shape = (tensor["shape"]?.arrayValue ?? []).compactMap(\.integerValue)
            return metadata
        }
    }
}
