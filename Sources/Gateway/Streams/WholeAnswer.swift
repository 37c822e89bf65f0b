import GatehouseCore
import NIOCore
import NIOHPACK

/// Collects an answer until it is whole, for whoever makes something else of it.
struct WholeAnswer {
    private var reader: AnswerReader
    private(set) var status = 0
    private(set) var headers = HPACKHeaders()
    /// Whether its connection goes on.
    private(set) var keepsAlive = true
    private var body = ByteBuffer()
    private var isTooLong = false

    init(mayEndByClosing: Bool = false) {
        reader = AnswerReader(isToHead: false, mayEndByClosing: mayEndByClosing)
    }

    var isDone: Bool { reader.isDone }

    /// Fails for what is no answer.
    mutating func append(_ bytes: ByteBuffer) throws(FramingRefusal) {
        reader.append(bytes)
        while let piece = try reader.next() {
            switch piece {
            case .head(let head, let headers, _): (status, self.headers, keepsAlive) = (head.status, headers, head.keepsAlive)
            case .body(let bytes, _):
                isTooLong = isTooLong || body.readableBytes + bytes.readableBytes > StreamLimits.callAnswerBytesMax
                if isTooLong { body = ByteBuffer() } else { body.writeImmutableBuffer(bytes) }
            case .end: continue
            }
        }
    }

    /// The connection ended, and with it an answer that says nothing of its length.
    mutating func closed() { reader.closed() }

    /// Its body as JSON; nil when it is none. Fails with `resourceExhausted` for one that is too long.
    func document() throws(CallRefusal) -> JSONValue? {
        guard isTooLong == false else {
            throw CallRefusal(.resourceExhausted, "The answer is longer than \(StreamLimits.callAnswerBytesMax) bytes.")
        }
        return try? JSONParser.parse(body.readableBytesView, allowsNonFinite: true)
    }

    /// What an error says, in the server's own words where it has some.
    func saidError(_ document: JSONValue?) -> String {
        let said = ["error", "message", "detail"].compactMap { document?[$0]?.stringValue }.first { $0.isEmpty == false }
        return said ?? "The answer was HTTP status \(status)."
    }
}
