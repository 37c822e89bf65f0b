import GatehouseCore
import NIOCore
import SwiftProtobuf

/// A unary call of `inference.GRPCInferenceService` while its message comes in, and the request of the Open Inference Protocol
/// over HTTP that it becomes: from there on it is a request like any other.
struct InferenceCall {
    enum Method: String {
        case serverLive = "ServerLive"
        case serverReady = "ServerReady"
        case modelReady = "ModelReady"
        case serverMetadata = "ServerMetadata"
        case modelMetadata = "ModelMetadata"
        case modelInfer = "ModelInfer"
    }

    static let service = "/inference.GRPCInferenceService/"

    let method: Method
    private let head: StreamHead
    private var inbound = ByteBuffer()

    /// By the content type, which is gRPC's own.
    static func isCall(_ head: StreamHead) -> Bool {
        guard let type = head.contentType, type.hasPrefix("application/grpc") else { return false }
        return [nil, "+", ";"].contains(type.dropFirst("application/grpc".count).first)
    }

    init(_ head: StreamHead) throws(CallRefusal) {
        guard head.method == "POST" else { throw CallRefusal(.unimplemented, "A call is a POST.") }
        guard
            head.contentType?.hasPrefix("application/grpc+") != true
                || head.contentType?.hasPrefix("application/grpc+proto") == true
        else { throw CallRefusal(.unimplemented, "Messages are taken as Protocol Buffers only.") }
        guard head.path.hasPrefix(Self.service), let method = Method(rawValue: String(head.path.dropFirst(Self.service.count)))
        else { throw CallRefusal(.unimplemented, "There is no method '\(head.path)' here, only those of \(Self.service).") }
        self.method = method
        self.head = head
    }

    mutating func take(_ bytes: ByteBuffer) throws(CallRefusal) {
        guard inbound.readableBytes + bytes.readableBytes <= StreamLimits.callBytesMax + CallFrame.headBytes else {
            throw CallRefusal(.resourceExhausted, "The message is longer than the \(StreamLimits.callBytesMax) bytes taken here.")
        }
        inbound.writeImmutableBuffer(bytes)
    }

    /// The request that asks the same over HTTP, and who makes a reply of its answer. Fails for a message that is none, and for
    /// values that JSON cannot carry.
    func asked() throws(CallRefusal) -> (request: ByteBuffer, answer: CallAnswer) {
        let message = Array(try CallFrame.message(inbound).readableBytesView)
        switch method {
        case .serverLive:
            return (request("GET", "/v2/health/live"), CallAnswer(method))
        case .serverReady:
            return (request("GET", "/v2/health/ready"), CallAnswer(method))
        case .serverMetadata:
            return (request("GET", "/v2"), CallAnswer(method))
        case .modelReady:
            let asked: InferenceModelReadyRequest = try Self.read(message)
            let path = "/v2/models/\(try Self.name(asked.name))/ready"
            return (request("GET", path, version: try Self.version(asked.version)), CallAnswer(method))
        case .modelMetadata:
            let asked: InferenceModelMetadataRequest = try Self.read(message)
            let path = "/v2/models/\(try Self.name(asked.name))"
            return (request("GET", path, version: try Self.version(asked.version)), CallAnswer(method))
        case .modelInfer:
            let asked: InferenceModelInferRequest = try Self.read(message)
            let path = "/v2/models/\(try Self.name(asked.modelName))/infer"
            let body = try asked.json()
            let bytes = request("POST", path, version: try Self.version(asked.modelVersion), body: body)
            let answer = CallAnswer(
                method, model: asked.modelName, id: asked.id, isRaw: asked.rawInputContents.isEmpty == false)
            return (bytes, answer)
        }
    }

    private static func read<Message: SwiftProtobuf.Message>(_ bytes: [UInt8]) throws(CallRefusal) -> Message {
        guard MessageFields.areFew(in: bytes), let message = try? Message(serializedBytes: bytes) else {
            throw CallRefusal(.invalidArgument, "The message is no \(Message.protoMessageName).")
        }
        return message
    }

    /// A name that can stand in a path; whether there is such an endpoint is found there.
    private static func name(_ text: String) throws(CallRefusal) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x40: true
            default: false
            }
        }
        guard isPlain, text.isEmpty == false else {
            throw CallRefusal(.notFound, "There is no endpoint '\(text.prefix(64))'.")
        }
        return text
    }

    private static func version(_ text: String) throws(CallRefusal) -> String? {
        if text.isEmpty { return nil }
        guard text.utf8.count <= 18, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw CallRefusal(.invalidArgument, "'\(text.prefix(24))' is no version number.")
        }
        return text
    }

    private func request(_ method: String, _ path: String, version: String? = nil, body: [UInt8]? = nil) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(512 + (body?.count ?? 0))
        bytes.writeString("\(method) \(path) HTTP/1.1\r\nconnection: close\r\nhost: \(head.authority)\r\n")
        for (name, value) in head.fields where isPassedOn(name) && (version == nil || name != "x-gatehouse-version") {
            bytes.writeString("\(name): \(value)\r\n")
        }
        // Who names a version is a tester, over HTTP as here.
        if let version { bytes.writeString("x-gatehouse-version: \(version)\r\n") }
        if let body {
            bytes.writeString("content-type: application/json\r\ncontent-length: \(body.count)\r\n\r\n")
            bytes.writeBytes(body)
        } else {
            bytes.writeStaticString("\r\n")
        }
        return bytes
    }

    /// What belongs to the call itself, and what is bytes and no text, stays behind.
    private func isPassedOn(_ name: String) -> Bool {
        switch name {
        case "content-type", "te", "accept", "accept-encoding", "content-encoding", "expect": false
        default: name.hasPrefix("grpc-") == false && name.hasSuffix("-bin") == false
        }
    }
}

/// Looks at a message before it is read: an empty tensor takes two bytes there and a hundred here.
enum MessageFields {
    static let countMax = 10_000

    /// Whether the message has at most `countMax` fields at its top. One that is no message has none that count.
    static func areFew(in bytes: [UInt8]) -> Bool {
        var (at, count) = (0, 0)
        func varint() -> UInt64? {
            var (value, shift) = (UInt64(0), UInt64(0))
            while at < bytes.count, shift < 64 {
                let byte = bytes[at]
                at += 1
                value |= UInt64(byte & 127) << shift
                if byte < 128 { return value }
                shift += 7
            }
            return nil
        }
        while at < bytes.count {
            count += 1
            guard count <= countMax else { return false }
            guard let tag = varint() else { return true }
            switch tag & 7 {
            case 0: guard varint() != nil else { return true }
            case 1: at += min(8, bytes.count - at)
            case 2:
                guard let length = varint(), length <= UInt64(bytes.count - at) else { return true }
                at += Int(length)
            case 5: at += min(4, bytes.count - at)
            default: return true
            }
        }
        return true
    }
}
