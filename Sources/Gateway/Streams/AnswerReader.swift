import NIOCore
import NIOHPACK

/// Takes the answers that a `ClientConnection` writes apart again, for whoever sends them on in another form.
struct AnswerReader {
    enum Piece {
        /// `isLast`: no body follows. Of 100 to 199: another head follows.
        case head(AnswerHead, HPACKHeaders, isLast: Bool)
        case body(ByteBuffer, isLast: Bool)
        /// The end of a body that came in chunks.
        case end
    }

    private enum State {
        case head
        case body(remaining: Int)
        case chunks(ChunkedBody)
        case untilClose
        case done
    }

    /// What one connection's answer says about that connection.
    private static let dropped: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    private let isToHead: Bool
    private let mayEndByClosing: Bool
    private var state = State.head
    private var inbound = ByteBuffer()
    private var scanned = 0

    /// `isToHead`: the answer to a HEAD request has no body, whatever its length says. `mayEndByClosing`: one that says nothing of
    /// its length goes on until `closed` is called; else it has no body.
    init(isToHead: Bool, mayEndByClosing: Bool = false) {
        self.isToHead = isToHead
        self.mayEndByClosing = mayEndByClosing
    }

    var isDone: Bool {
        if case .done = state { true } else { false }
    }

    mutating func append(_ bytes: ByteBuffer) {
        if inbound.readableBytes == 0 { inbound = bytes } else { inbound.writeImmutableBuffer(bytes) }
    }

    mutating func closed() {
        if case .untilClose = state { state = .done }
    }

    /// Nil: not yet. Fails for what no `ClientConnection` writes.
    mutating func next() throws(FramingRefusal) -> Piece? {
        switch state {
        case .done: return nil
        case .head: return try readHead()
        case .body(let remaining):
            guard let piece = inbound.readSlice(length: min(remaining, inbound.readableBytes)), piece.readableBytes > 0 else {
                return nil
            }
            let rest = remaining - piece.readableBytes
            state = rest == 0 ? .done : .body(remaining: rest)
            return .body(piece, isLast: rest == 0)
        case .chunks(var chunks):
            let piece = try chunks.next(&inbound)
            state = .chunks(chunks)
            switch piece {
            case .needsMore: return nil
            case .data(let bytes): return .body(bytes, isLast: false)
            case .end:
                state = .done
                return .end
            }
        case .untilClose:
            guard let piece = inbound.readSlice(length: inbound.readableBytes), piece.readableBytes > 0 else { return nil }
            return .body(piece, isLast: false)
        }
    }

    private mutating func readHead() throws(FramingRefusal) -> Piece? {
        let buffer = inbound
        guard let end = Byte.headEnd(buffer.readableBytesUInt8Span, scanned: &scanned), let bytes = inbound.readSlice(length: end)
        else { return nil }
        scanned = 0
        var head = AnswerHead()
        try head.parse(bytes.readableBytesUInt8Span, hasBody: isToHead == false)
        guard head.status >= 200 else { return .head(head, HPACKHeaders([(":status", "\(head.status)")]), isLast: false) }
        switch head.body {
        case .none, .length(0): state = .done
        case .untilClose: state = mayEndByClosing ? .untilClose : .done
        case .length(let length): state = .body(remaining: length)
        case .chunked: state = .chunks(ChunkedBody())
        }
        return .head(head, Self.fields(head, bytes), isLast: isDone)
    }

    private static func fields(_ head: AnswerHead, _ bytes: ByteBuffer) -> HPACKHeaders {
        var fields = HPACKHeaders()
        fields.reserveCapacity(head.fields.fields.count + 1)
        fields.add(name: ":status", value: "\(head.status)")
        func text(_ range: Range<Int>) -> String {
            bytes.getString(at: bytes.readerIndex + range.lowerBound, length: range.count) ?? ""
        }
        for field in head.fields.fields {
            let name = text(Int(field.nameStart)..<Int(field.nameEnd)).lowercased()
            if dropped.contains(name) == false { fields.add(name: name, value: text(field.value)) }
        }
        return fields
    }
}
