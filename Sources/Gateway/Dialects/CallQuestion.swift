import GatehouseCore
import NIOCore
import Scoring
import SwiftProtobuf

/// A request over HTTP as a call of `inference.GRPCInferenceService` asks the same, and the reply as an answer over HTTP.
struct CallQuestion {
    let method: InferenceCall.Method
    let message: [UInt8]
    private let target: ScoringTarget

    /// `model` is what the server calls the model. Fails for what cannot be asked in a call.
    init(_ target: ScoringTarget, model: String, body: ByteBuffer) throws(CallRefusal) {
        self.target = target
        switch target {
        case .infer:
            guard let document = try? JSONParser.parse(body.readableBytesView, allowsNonFinite: true) else {
                throw CallRefusal(.invalidArgument, "The request is no JSON.")
            }
            method = .modelInfer
            message = try Self.bytes(InferenceModelInferRequest(document, model: model))
        case .modelMetadata:
            method = .modelMetadata
            message = try Self.bytes(InferenceModelMetadataRequest.with { $0.name = model })
        case .ready where model.isEmpty == false:
            method = .modelReady
            message = try Self.bytes(InferenceModelReadyRequest.with { $0.name = model })
        case .ready, .ping: (method, message) = (.serverReady, [])
        case .live: (method, message) = (.serverLive, [])
        case .serverMetadata: (method, message) = (.serverMetadata, [])
        case .invocations, .version, .unknown: throw Self.notOverCalls
        }
    }

    static let notOverCalls = CallRefusal(
        .unimplemented,
        "The server of this version speaks gRPC only: ask /v2/models/NAME/infer, or call ModelInfer.")

    private static func bytes(_ message: some SwiftProtobuf.Message) throws(CallRefusal) -> [UInt8] {
        do { return try message.serializedBytes() } catch {
            throw CallRefusal(.internal, "The request cannot be written as a message.")
        }
    }

    /// Status and body over HTTP. Fails with `internal` for a message that is none, or that JSON cannot carry.
    func answer(_ bytes: ByteBuffer) throws(CallRefusal) -> (status: Int, body: [UInt8]) {
        let bytes = Array(try CallFrame.message(bytes).readableBytesView)
        switch method {
        case .modelInfer:
            let answered: InferenceModelInferResponse = try Self.read(bytes)
            return (200, try answered.json())
        case .modelMetadata:
            let answered: InferenceModelMetadataResponse = try Self.read(bytes)
            return (200, Array(answered.json.canonicalBytes))
        case .serverMetadata:
            let answered: InferenceServerMetadataResponse = try Self.read(bytes)
            let document: JSONValue = [
                "name": .string(answered.name), "version": .string(answered.version),
                "extensions": .array(answered.extensions.map { .string($0) }),
            ]
            return (200, Array(document.canonicalBytes))
        case .modelReady:
            let answered: InferenceModelReadyResponse = try Self.read(bytes)
            return Self.health("ready", answered.ready)
        case .serverReady:
            let answered: InferenceServerReadyResponse = try Self.read(bytes)
            return Self.health("ready", answered.ready)
        case .serverLive:
            let answered: InferenceServerLiveResponse = try Self.read(bytes)
            return Self.health("live", answered.live)
        }
    }

    private static func health(_ member: String, _ flag: Bool) -> (status: Int, body: [UInt8]) {
        (flag ? 200 : 503, JSONWriter.object { $0.member(member, flag) })
    }

    private static func read<Message: SwiftProtobuf.Message>(_ bytes: [UInt8]) throws(CallRefusal) -> Message {
        guard MessageFields.areFew(in: bytes), let message = try? Message(serializedBytes: bytes) else {
            throw CallRefusal(.internal, "What the version answered is no \(Message.protoMessageName).")
        }
        return message
    }
}

extension InferenceModelInferRequest {
    /// The body of a scoring request over HTTP. Fails naming the tensor.
    init(_ document: JSONValue, model: String) throws(CallRefusal) {
        self.init()
        modelName = model
        id = document["id"]?.stringValue ?? ""
        parameters = InferenceInferParameter.all(in: document["parameters"])
        guard let inputs = document["inputs"]?.arrayValue, inputs.isEmpty == false else {
            throw CallRefusal(.invalidArgument, "The request has no list of 'inputs'.")
        }
        let tensors = try Self.tensors(inputs)
        // Numbers of 16 bits have no list of their own, and all inputs are raw or none is.
        let areRaw = tensors.contains { $0.type == .fp16 }
        for (element, values) in zip(inputs, tensors) {
            var tensor = InferInputTensor()
            (tensor.name, tensor.datatype, tensor.shape) = (values.name, values.type.rawValue, values.shape)
            tensor.parameters = InferenceInferParameter.all(in: element["parameters"])
            if areRaw { rawInputContents.append(try values.bytes()) } else { tensor.contents = try values.contents() }
            self.inputs.append(tensor)
        }
        outputs = (document["outputs"]?.arrayValue ?? []).map { output in
            InferRequestedOutputTensor.with {
                $0.name = output["name"]?.stringValue ?? ""
                $0.parameters = InferenceInferParameter.all(in: output["parameters"])
            }
        }
    }

    private static func tensors(_ inputs: [JSONValue]) throws(CallRefusal) -> [TensorDocument] {
        var tensors: [TensorDocument] = []
        for input in inputs { tensors.append(try TensorDocument(input, .asked)) }
        return tensors
    }
}

extension InferenceModelInferResponse {
    /// As it reads over HTTP. Fails with `internal` for tensors that are none, and for values that JSON cannot carry.
    func json() throws(CallRefusal) -> [UInt8] {
        guard rawOutputContents.isEmpty || rawOutputContents.count == outputs.count else {
            throw CallRefusal(
                .internal, "The version answered \(outputs.count) outputs, raw values for \(rawOutputContents.count).")
        }
        var out: [UInt8] = Array("{\"model_name\":\(JSONText.of(modelName)),\"model_version\":\(JSONText.of(modelVersion))".utf8)
        if id.isEmpty == false { out += ",\"id\":\(JSONText.of(id))".utf8 }
        do throws(CallRefusal) {
            if parameters.isEmpty == false { out += ",\"parameters\":\(try JSONText.of(parameters))".utf8 }
            out += ",\"outputs\":[".utf8
            for (index, output) in outputs.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                try TensorMessage(output, raw: rawOutputContents.isEmpty ? nil : rawOutputContents[index]).write(into: &out)
            }
        } catch {
            throw CallRefusal(.internal, "The version's answer cannot be passed on: \(error.message)")
        }
        out += "]}".utf8
        return out
    }
}

extension InferenceModelMetadataResponse {
    fileprivate var json: JSONValue {
        func list(_ tensors: [TensorMetadata]) -> JSONValue {
            .array(
                tensors.map { tensor in
                    [
                        "name": .string(tensor.name), "datatype": .string(tensor.datatype),
                        "shape": .array(tensor.shape.map { .integer($0) }),
                    ]
                })
        }
        return [
            "name": .string(name), "versions": .array(versions.map { .string($0) }), "platform": .string(platform),
            "inputs": list(inputs), "outputs": list(outputs),
        ]
    }
}
