import NIOCore

/// A request on its way to a bridge, as `UpstreamConnection` writes it: head and body in one piece or in several.
struct BridgedRequest {
    /// Counts the requests of a connection.
    let number: Int
    private(set) var bytes = ByteBuffer()
    private var head = RequestHead()
    private var hasHead = false

    init(number: Int = 0) { self.number = number }

    /// The one that follows on the connection.
    var next: BridgedRequest { BridgedRequest(number: number &+ 1) }

    /// Fails for what is no request.
    mutating func append(_ piece: ByteBuffer) throws(FramingRefusal) {
        if bytes.readableBytes == 0 { bytes = piece } else { bytes.writeImmutableBuffer(piece) }
        guard hasHead == false else { return }
        // A reference of its own: nothing can change what the span shows.
        let all = bytes
        var scanned = 0
        guard let end = Byte.headEnd(all.readableBytesUInt8Span, scanned: &scanned) else { return }
        try head.parse(all.readableBytesUInt8Span.extracting(first: end))
        hasHead = true
    }

    /// Path and query without the path that its server's address begins with; nil until the head is there.
    func target(behind basePath: String) -> String? {
        guard hasHead else { return nil }
        let text = text(head.target)
        return text.hasPrefix(basePath) ? String(text.dropFirst(basePath.count)) : text
    }

    /// Whether the body is all there. One in chunks never is: requests that a bridge reads are held until they are whole.
    var isWhole: Bool {
        switch head.body {
        case .none: hasHead
        case .length(let length): bytes.readableBytes >= head.bytesCount + length
        case .chunked, .untilClose: false
        }
    }

    var body: ByteBuffer { bytes.getSlice(at: bytes.readerIndex + head.bytesCount, length: bodyBytes) ?? ByteBuffer() }
    private var bodyBytes: Int { max(0, bytes.readableBytes - head.bytesCount) }

    var isPost: Bool { head.method == .post }
    /// The answer to a HEAD request has no body.
    var isHead: Bool { head.method == .head }

    /// The fields that are about the request and not about its bytes: names in lower case.
    var fields: [(name: String, value: String)] {
        head.fields.fields.compactMap { field in
            let name = text(Int(field.nameStart)..<Int(field.nameEnd)).lowercased()
            return Self.ofTheBytes.contains(name) ? nil : (name, text(field.value))
        }
    }

    private static let ofTheBytes: Set<String> = [
        "accept", "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect", "te",
        "transfer-encoding",
    ]

    private func text(_ range: Range<Int>) -> String {
        bytes.getString(at: bytes.readerIndex + range.lowerBound, length: range.count) ?? ""
    }
}

/// An answer that a bridge gives, in the bytes that `UpstreamConnection` reads.
enum BridgedAnswer {
    /// `hasBody` is false for what answers a HEAD request.
    static func bytes(status: Int, _ body: some Collection<UInt8>, keepsAlive: Bool, hasBody: Bool = true) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(128 + body.count)
        bytes.writeString("HTTP/1.1 \(status) \(GatewayPages.reason(status))\r\ncontent-type: application/json\r\n")
        bytes.writeString("content-length: \(body.count)\r\n")
        bytes.writeStaticString(keepsAlive ? "\r\n" : "connection: close\r\n\r\n")
        if hasBody { bytes.writeBytes(body) }
        return bytes
    }

    static func bytes(_ refusal: CallRefusal, keepsAlive: Bool, hasBody: Bool = true) -> ByteBuffer {
        let status = refusal.status.http
        return bytes(
            status: status, GatewayPages.error(status: status, refusal.message).readableBytesView, keepsAlive: keepsAlive,
            hasBody: hasBody)
    }
}
