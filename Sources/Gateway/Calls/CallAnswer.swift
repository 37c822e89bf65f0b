import GatehouseCore
import NIOCore
import NIOHPACK
import SwiftProtobuf

/// What a call is answered with: head, message, trailers; without a message all of it in the head.
struct CallReply {
    let headers: HPACKHeaders
    let message: ByteBuffer?
    let trailers: HPACKHeaders

    init(_ refusal: CallRefusal, fields: [(String, String)] = []) {
        headers = HPACKHeaders(
            [(":status", "200"), ("content-type", "application/grpc")] + fields + [
                ("grpc-status", "\(refusal.status.rawValue)"), ("grpc-message", refusal.encodedMessage),
            ])
        message = nil
        trailers = HPACKHeaders()
    }

    init(_ message: [UInt8], fields: [(String, String)]) {
        headers = HPACKHeaders([(":status", "200"), ("content-type", "application/grpc")] + fields)
        self.message = CallFrame.bytes(message)
        trailers = HPACKHeaders([("grpc-status", "\(CallStatus.ok.rawValue)")])
    }
}

/// Collects the answer to the request that a call became, and makes the call's reply of it.
struct CallAnswer {
    private let method: InferenceCall.Method
    private let model: String
    private let id: String
    private let isRaw: Bool
    private var answer = WholeAnswer()

    init(_ method: InferenceCall.Method, model: String = "", id: String = "", isRaw: Bool = false) {
        self.method = method
        self.model = model
        self.id = id
        self.isRaw = isRaw
    }

    /// Fails for what no `ClientConnection` writes.
    mutating func append(_ bytes: ByteBuffer) throws(FramingRefusal) { try answer.append(bytes) }

    /// Nil until the answer is whole.
    func reply() -> CallReply? {
        guard answer.isDone else { return nil }
        let fields = answer.headers.compactMap { name, value, _ in name.hasPrefix("x-gatehouse-") ? (name, value) : nil }
        do throws(CallRefusal) {
            return CallReply(try message(), fields: fields)
        } catch {
            return CallReply(error, fields: fields)
        }
    }

    private var version: String { answer.headers.first(name: "x-gatehouse-version") ?? "" }

    private func message() throws(CallRefusal) -> [UInt8] {
        let document = try answer.document()
        let status = answer.status
        switch method {
        case .serverLive: return try bytes(InferenceServerLiveResponse.with { $0.live = status == 200 })
        case .serverReady: return try bytes(InferenceServerReadyResponse.with { $0.ready = status == 200 })
        case .modelReady:
            guard status < 400 || status >= 500 else { throw refusal(document) }
            return try bytes(
                InferenceModelReadyResponse.with { $0.ready = status == 200 && document?["ready"]?.boolValue != false })
        case .serverMetadata, .modelMetadata, .modelInfer:
            guard status == 200 else { throw refusal(document) }
            guard let document, document.objectValue != nil else {
                throw CallRefusal(.internal, "The version's answer is no JSON object.")
            }
            return try message(document)
        }
    }

    private func message(_ document: JSONValue) throws(CallRefusal) -> [UInt8] {
        switch method {
        case .serverMetadata:
            return try bytes(
                InferenceServerMetadataResponse.with {
                    $0.name = document["name"]?.stringValue ?? ""
                    $0.version = document["version"]?.stringValue ?? ""
                    $0.extensions = (document["extensions"]?.arrayValue ?? []).compactMap(\.stringValue)
                })
        case .modelMetadata: return try bytes(InferenceModelMetadataResponse(document, version: version))
        case .serverLive, .serverReady, .modelReady, .modelInfer:
            return try bytes(InferenceModelInferResponse(document, model: model, version: version, id: id, isRaw: isRaw))
        }
    }

    private func bytes(_ message: some SwiftProtobuf.Message) throws(CallRefusal) -> [UInt8] {
        do { return try message.serializedBytes() } catch {
            throw CallRefusal(.internal, "The answer cannot be written as a message.")
        }
    }

    private func refusal(_ document: JSONValue?) -> CallRefusal {
        CallRefusal(CallStatus(http: answer.status), answer.saidError(document))
    }
}
