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
    private var reader = AnswerReader(isToHead: false)
    private var status = 0
    private var fields: [(String, String)] = []
    private var version = ""
    private var body = ByteBuffer()
    private var isTooLong = false

    init(_ method: InferenceCall.Method, model: String = "", id: String = "", isRaw: Bool = false) {
        self.method = method
        self.model = model
        self.id = id
        self.isRaw = isRaw
    }

    /// Fails for what no `ClientConnection` writes.
    mutating func append(_ bytes: ByteBuffer) throws(FramingRefusal) {
        reader.append(bytes)
        while let piece = try reader.next() {
            switch piece {
            case .head(let head, let headers, _): begin(head.status, headers)
            case .body(let bytes, _):
                isTooLong = isTooLong || body.readableBytes + bytes.readableBytes > StreamLimits.callAnswerBytesMax
                if isTooLong { body = ByteBuffer() } else { body.writeImmutableBuffer(bytes) }
            case .end: continue
            }
        }
    }

    private mutating func begin(_ status: Int, _ headers: HPACKHeaders) {
        self.status = status
        for (name, value, _) in headers where name.hasPrefix("x-gatehouse-") {
            fields.append((name, value))
            if name == "x-gatehouse-version" { version = value }
        }
    }

    /// Nil until the answer is whole.
    func reply() -> CallReply? {
        guard reader.isDone else { return nil }
        do throws(CallRefusal) {
            return CallReply(try message(), fields: fields)
        } catch {
            return CallReply(error, fields: fields)
        }
    }

    private func message() throws(CallRefusal) -> [UInt8] {
        guard isTooLong == false else {
            throw CallRefusal(.resourceExhausted, "The answer is longer than \(StreamLimits.callAnswerBytesMax) bytes.")
        }
        let document = try? JSONParser.parse(body.readableBytesView, allowsNonFinite: true)
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

    /// In the version's own words, where it has some.
    private func refusal(_ document: JSONValue?) -> CallRefusal {
        let said = ["error", "message", "detail"].compactMap { document?[$0]?.stringValue }.first { $0.isEmpty == false }
        return CallRefusal(CallStatus(http: status), said ?? "The answer was HTTP status \(status).")
    }
}
